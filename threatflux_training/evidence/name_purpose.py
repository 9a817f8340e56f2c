"""What the well-known functions and variables of the C library are for, by name: enough to sort a list of symbols."""

import re
from functools import lru_cache
from typing import Literal, cast

Purpose = Literal[
    "start",
    "hardening",
    "memory",
    "text",
    "output",
    "files",
    "streams",
    "folders",
    "process",
    "ipc",
    "user",
    "time",
    "network",
    "terminal",
    "system",
    "locale",
    "options",
    "variables",
    "errors",
    "random",
    "sorting",
]
_NAMES: dict[Purpose, str] = {
    "start": r"__libc_start_main|__cxa_(?:finalize|atexit)|__gmon_start__|_ITM_\w+|_init|_fini|_start|__register_atfork|atexit|on_exit",
    "hardening": r"__stack_chk_fail|__chk_fail|__fortify_fail|__longjmp_chk|__open(?:at)?(?:64)?_2",
    "memory": r"malloc|calloc|realloc|reallocarray|free|aligned_alloc|posix_memalign|memalign|mmap(?:64)?|munmap|mprotect|brk|sbrk|mem(?:cpy|move|set|cmp|chr|rchr|mem|pcpy)|explicit_bzero|_Zn[wa]\w*|_Zd[la]\w*",
    "text": r"st[rp](?!ing_)\w*|wcs\w+|wc\w*tomb\w*|mb\w+|isw?\w{5}|tow?(?:lower|upper)|__ctype_\w+|reg(?:comp|exec|free|error)|fnmatch|iconv\w*|__isoc\w+scanf|sscanf|(?:str|wcs)to\w+",
    "output": r"v?[fds]?n?printf|f?put[cs](?:_unlocked)?|putchar(?:_unlocked)?|fwrite(?:_unlocked)?|write|fflush(?:_unlocked)?|perror|error|v?syslog|openlog|closelog|warnx?|errx?|__overflow|__assert_fail|v?asprintf",
    "files": r"f?open(?:64|at|at64)?|fclose|close|p?read(?:64)?|fread(?:_unlocked)?|fgets(?:_unlocked)?|[lf]?stat(?:64|at|x|fs|vfs)?|__[lfx]*stat(?:64|at)?|f?seeko?(?:64)?|lseek(?:64)?|ftell\w*|f?truncate\w*|unlink(?:at)?|rename\w*|remove|f?chmod(?:at)?|[fl]?chown(?:at)?|(?:sym)?link(?:at)?|readlink(?:at)?|utime\w*|futime\w*|copy_file_range|posix_fadvise|fsync|fdatasync|fdopen|freopen|mk[sd]temp\w*|tmpfile|dup[23]?|ioctl|fcntl(?:64)?|getline|__getdelim|getc(?:har)?(?:_unlocked)?|fgetc(?:_unlocked)?|ungetc|rewind|sendfile\w*|access|faccessat|__uflow",
    "streams": r"fileno\w*|f(?:error|eof)(?:_unlocked)?|clearerr(?:_unlocked)?|__f(?:pending|reading|writing|readable|writable|lbf|bufsize|purge|setlocking)|set(?:v|line)?buf|setbuffer|f(?:try|un)?lockfile|fwide",
    "folders": r"(?:fd)?opendir|readdir(?:64)?|closedir|rewinddir|scandir\w*|mkdir(?:at)?|rmdir|f?chdir|getcwd|realpath|chroot|dirfd|fts_\w+|nftw\w*|glob(?:free)?(?:64)?|basename|dirname|__xpg_basename|mount|umount2?",
    "process": r"v?fork|exec[lv]\w*|posix_spawn\w*|wait(?:pid|id)?|wait3|wait4|kill(?:pg)?|raise|abort|_?exit|system|popen|pclose|pipe2?|sig\w+|prctl|nice|[gs]etpriority|sched_\w+|pthread_\w+|getpp?id|setsid|daemon|ptrace|unshare|setns|getenv|secure_getenv|setenv|unsetenv|putenv|dlopen|dlsym|dlclose|[gs]etrlimit\w*",
    "ipc": r"shm(?:get|at|dt|ctl)|sem(?:get|op|timedop|ctl)|msg(?:get|snd|rcv|ctl)|ftok",
    "user": r"[gs]ete?[ug]id|setre[su]*[ug]id|[gs]etresu?g?id|getgroups|setgroups|initgroups|getpw\w+|getgr\w+|setpwent|endpwent|setgrent|endgrent|getlogin\w*|(?:set|get|end|put)utx?ent|getutx?(?:id|line)|utmpx?name|updwtmpx?|crypt\w*|pam_\w+|cap_\w+",
    "time": r"(?:local|gm|mk|str[fp]|nano|asc|c)time(?:_r)?|time|clock\w*|gettimeofday|settimeofday|n?sleep|nanosleep|usleep|timer\w*|alarm|setitimer|tzset|timegm",
    "network": r"socket(?:pair)?|connect|bind|listen|accept4?|send(?:to|msg|mmsg)?|recv(?:from|msg|mmsg)?|[gs]etsockopt|getaddrinfo|freeaddrinfo|gai_strerror|gethostby\w+|inet_\w+|hton[sl]|ntoh[sl]|getnameinfo|getpeername|getsockname|getserv\w+|shutdown|if_\w+",
    "terminal": r"beep|flash|napms|nodelay|halfdelay|isatty|tc[gs]etattr|ttyname\w*|cf[gs]et\w+|openpty|forkpty|tgetent|tputs|setupterm|tiget\w+|initscr|endwin|noecho|cbreak|start_color|init_(?:pair|color)|has_colors|use_default_colors|w(?:clear|erase|move|getch|attr\w*|addn?w?str|addch|border)|resizeterm|win_wch|newwin|delwin|keypad|curs_set|ctermid|getpass|w?refresh|mvw?\w+",
    "system": r"uname|gethostname|getdomainname|gethostid|sysconf|confstr|sysinfo|getpagesize|get_nprocs(?:_conf)?|get_(?:av)?phys_pages|getloadavg|gnu_get_libc_(?:version|release)",
    "locale": r"setlocale|bindtextdomain|(?:bind_)?textdomain\w*|d?c?n?gettext|nl_langinfo|localeconv|newlocale|uselocale|freelocale|__newlocale",
    "options": r"getopt\w*|argp_\w+|poptGet\w+",
    "variables": r"opt(?:arg|ind|err|opt)|program_invocation\w*|__progname\w*|std(?:in|out|err)|_{0,2}environ|timezone|daylight|tzname|curscr|stdscr|COLORS|COLOR_PAIRS",
    "errors": r"__errno_location|strerror\w*",
    "random": r"getrandom|getentropy|arc4random\w*",
    "sorting": r"qsort(?:_r)?|bsearch",
}  # fmt: skip
_RULES = re.compile("|".join(f"(?P<{purpose}>{pattern})" for purpose, pattern in _NAMES.items()))


def purpose_of(name: str) -> Purpose | None:
    """The purpose of a function or variable by its exact name, without a symbol version; None where the name is not known."""
    plain = name.partition("@")[0]
    return _purpose(plain) if plain.isidentifier() else None


@lru_cache(maxsize=1 << 14)
def _purpose(name: str) -> Purpose | None:
    match = _RULES.fullmatch(name)
    if match is None and (form := form_of(name)) != name:
        match = _RULES.fullmatch(form)
    return cast("Purpose", match.lastgroup) if match else None


_CHECKED = re.compile(r"__(\w+)_chk")
_LARGE = re.compile(
    r"((?:f|l|fre)?open(?:at)?|creat|[fl]?stat(?:at|fs|vfs)?|fstat(?:fs|vfs)|lseek|fseeko|ftello|fgetpos|fsetpos|readdir|scandir|f?truncate"
    r"|mmap|p?read|p?write|sendfile|fcntl|glob|nftw|posix_fadvise|[gs]etrlimit|mkstemp|tmpfile)64"
)


@lru_cache(maxsize=1 << 14)
def form_of(name: str) -> str:
    """The function that a name without version is a form of: checked, unlocked and large file forms do the same job."""
    if checked := _CHECKED.fullmatch(name):
        name = checked[1]
    if large := _LARGE.fullmatch(name):
        name = large[1]
    return name.removesuffix("_unlocked")


_COMMONPLACE = frozenset((
    "_exit", "exit", "abort", "raise", "signal", "getenv", "close", "fclose", "fseek", "fseeko", "fseeko64", "lseek", "lseek64",
    "rewind", "fgetc", "ungetc", "posix_fadvise", "__uflow", "__getdelim", "getuid", "geteuid", "getgid", "getegid", "getpid", "getppid", "sysconf", "getpagesize",
    "sigemptyset", "sigaddset", "sigdelset", "sigismember",
))  # fmt: skip
"""Functions of telling purposes that nearly every program of some size imports, for its own start, end, messages and checks."""


def is_commonplace(name: str) -> bool:
    """Whether a function tells nothing of the program that calls it, although its purpose often does."""
    plain = name.partition("@")[0]
    return plain in _COMMONPLACE or plain.startswith("pthread_") or purpose_of(plain) == "streams"
