"""What well-known library functions take, by name: the role of each argument in order, as the C library documents it."""

_TABLE = """
strcpy stpcpy strcat: destination source
strncpy strncat memcpy memmove mempcpy: destination source length
__strcpy_chk __strcat_chk: destination source object_size
__memcpy_chk __memmove_chk __strncpy_chk: destination source length object_size
__memset_chk: destination byte length object_size
memset: destination byte length
sprintf: destination format
vsprintf: destination format list
snprintf: destination size format
vsnprintf: destination size format list
__sprintf_chk: destination flag object_size format
__snprintf_chk: destination size flag object_size format
__vsnprintf_chk: destination size flag object_size format list
printf: format
__printf_chk: flag format
fprintf: stream format
__fprintf_chk: stream flag format
__vfprintf_chk: stream flag format list
syslog: priority format
error: status number format
gets: buffer
fgets fgets_unlocked: buffer size stream
puts strlen strdup atoi atol perror: text
fputs fputs_unlocked: text stream
putc fputc fputc_unlocked: character stream
putchar: character
fwrite fread fwrite_unlocked fread_unlocked: buffer size count stream
strcmp strcasecmp strcoll: text other_text
strncmp strncasecmp: text other_text length
memcmp: buffer other_buffer length
strchr strrchr: text character
memchr: buffer byte length
strstr: text other_text
strtol strtoul strtoll strtoull: text end_pointer base
strtod: text end_pointer
malloc _Znwm _Znam: size
calloc: count size
realloc: pointer size
reallocarray: pointer count size
free: pointer
_ZdlPvm: pointer size
_ZdlPv: pointer
open open64: path flags
openat: folder path flags
fopen fopen64: path mode
fdopen: descriptor mode
freopen: path mode stream
fclose fflush fileno fflush_unlocked: stream
close fsync isatty: descriptor
read write: descriptor buffer length
lseek: descriptor offset whence
fseeko fseek: stream offset whence
fstat: descriptor buffer
stat lstat: path buffer
unlink rmdir chdir opendir access: path
rename: path other_path
mkdir chmod: path mode
readdir closedir: folder
readlink: path buffer size
socket: domain type protocol
connect bind: descriptor address length
listen: descriptor count
accept: descriptor address pointer
send recv: descriptor buffer length flags
inet_pton: domain text destination
getaddrinfo: text service hints result
system: command
popen: command mode
execve: path arguments environment
execvp execv: path arguments
kill: process number
exit _exit: status
getenv secure_getenv: text
setenv: text other_text flag
signal: number handler
setlocale: category text
bindtextdomain: text path
textdomain: text
dcgettext: domain_name text category
gettext: text
getopt_long getopt_long_only: count arguments short_options long_options
getopt: count arguments short_options
strerror: number
__cxa_atexit: handler pointer
mmap: address length protection flags
munmap: address length
mprotect: address length protection
ioctl: descriptor number
sleep: seconds
regcomp: destination text flags
regexec: pointer text
dlopen: path flags
dlsym: pointer text
getpwnam: text
setuid setgid: number
nl_langinfo: number
posix_fadvise: descriptor offset length advice
__assert_fail: text path number
clock_gettime: number destination
pthread_create: destination pointer handler pointer
"""
SIGNATURES: dict[str, tuple[str, ...]] = {
    name: tuple(roles.split())
    for names, _, roles in (line.partition(": ") for line in _TABLE.strip().splitlines())
    for name in names.split()
}
"""Roles of the arguments by function name."""
NONE = frozenset(
    [
        "abort",
        "__errno_location",
        "__ctype_b_loc",
        "__ctype_get_mb_cur_max",
        "getpid",
        "getppid",
        "getuid",
        "geteuid",
        "fork",
        "__stack_chk_fail",
        "getpagesize",
        "__cxa_rethrow",
    ]
)
"""Functions without arguments."""
FORMATS = frozenset(name for name, roles in SIGNATURES.items() if "format" in roles)
"""Functions that interpret a format."""
UNBOUNDED = frozenset(("strcpy", "strcat", "stpcpy", "sprintf", "vsprintf", "gets"))
"""Functions that write without being told how much room there is."""
VOID = frozenset(
    (
        "free",
        "_ZdlPvm",
        "_ZdlPv",
        "exit",
        "_exit",
        "abort",
        "perror",
        "error",
        "regfree",
        "syslog",
        "__stack_chk_fail",
        "__assert_fail",
    )
)
"""Functions that return nothing: what the result register holds after them means nothing."""
