"""The system calls a member of a pod may make: an allow-list of our own, given to the engine as JSON text.

The engine's own filter is as new as the engine, and even the newest lets 32-bit calls through that no filter
can see into. Ours is the same on every engine: what is not named here fails with EPERM.

Native calls only. The engine picks the entry of `archMap` that fits its machine; x32 and 32-bit calls kill
the thread that makes them. No rule asks for a capability, because no member has one.

Names that a machine, or its seccomp library, does not know are skipped by the engine's runtime: 'open' on
aarch64, 'mseal' on an older library. A kernel's calls that are newer than every name here answer ENOSYS, not
EPERM, under runc, which is what C libraries expect of them.

What stays out, and why:

another process        ptrace, process_vm_*, process_madvise, pidfd_getfd, kcmp, get_robust_list. Judge and
                       candidate have process ids of their own; this is the second wall.
namespaces             unshare, setns, and clone with any CLONE_NEW* flag: a user namespace gives back,
                       inside, every capability that was dropped, and most kernel holes of late need one.
mounts                 mount, umount2, pivot_root, chroot, fsopen and its family, open_tree, move_mount.
kernel programs        bpf, perf_event_open, userfaultfd, io_uring_*, modules, kexec_*, fanotify_*.
keyrings               add_key, request_key, keyctl: they belong to a user of the host, not to a container.
handles                open_by_handle_at reaches any file of a file system; name_to_handle_at names them.
devices                mknod of anything but a FIFO.
the machine            reboot, swapon, acct, quotactl, syslog, the clock, host and domain name, iopl, ioperm.
executable tricks      personality of any other value than the default: it switches address randomisation
                       off; modify_ldt; memfd_secret, whose pages no core dump or reclaim sees.
host-wide flushing     sync and syncfs write out what everybody on the host has written.
heap shaping           msgget and its family, mq_*, setxattr, vmsplice, io_setup: exploits use them to lay out
                       kernel memory; programs hardly do.
page cache, placement  cachestat, mbind, set_mempolicy, migrate_pages, move_pages: they show or move what
                       other containers use.
sockets                Every family but unix, inet, inet6 and netlink. In inet and inet6 only TCP and UDP, so
                       that no rarely used protocol is loaded; of netlink only routing, which getaddrinfo,
                       getifaddrs and Node's os.networkInterfaces ask for addresses. AF_VSOCK would reach the
                       hypervisor, AF_ALG the kernel's ciphers (CVE-2026-31431).
"""

import errno
import json
import socket
import stat
from functools import cache
from typing import Any

ARCHITECTURES = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}
"""The machine's name as the kernel gives it -> its name in the profile."""

FILES = """
    access chdir chmod chown close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2
    fadvise64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr
    flistxattr flock fstat fstatfs fsync ftruncate futimesat getcwd getdents getdents64 getxattr ioctl
    lchown lgetxattr link linkat listxattr llistxattr lseek lstat mkdir mkdirat newfstatat open openat
    openat2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv
    rename renameat renameat2 rmdir sendfile splice stat statfs statx symlink symlinkat sync_file_range
    tee truncate umask unlink unlinkat utime utimensat utimes write writev
"""
MEMORY = """
    brk madvise map_shadow_stack membarrier memfd_create mincore mlock mlock2 mlockall mmap mprotect
    mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect
"""
PROCESSES = """
    arch_prctl execve execveat exit exit_group fork getcpu getpgid getpgrp getpid getppid getpriority
    getrlimit getrusage getsid gettid ioprio_get kill pidfd_open pidfd_send_signal prctl prlimit64 rseq
    sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam
    sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setparam sched_setscheduler
    sched_yield set_robust_list set_tid_address setpgid setpriority setrlimit setsid sysinfo tgkill times
    tkill uname vfork wait4 waitid
"""
IDENTITY = """
    capget getegid geteuid getgid getgroups getresgid getresuid getuid setfsgid setfsuid setgid setgroups
    setregid setresgid setresuid setreuid setuid
"""
"""Programs give up rights this way and stop if it fails; a member has none to gain."""
SIGNALS = """
    alarm eventfd eventfd2 pause restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo
    rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sigaltstack signalfd signalfd4
"""
TIME = """
    clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep setitimer time
    timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime
    timerfd_settime
"""
WAITING = """
    epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait futex futex_requeue
    futex_wait futex_waitv futex_wake inotify_add_watch inotify_init inotify_init1 inotify_rm_watch poll
    ppoll pselect6 select
"""
CONNECTIONS = """
    accept accept4 bind connect getpeername getsockname getsockopt listen pipe pipe2 recvfrom recvmmsg
    recvmsg sendmmsg sendmsg sendto setsockopt shutdown
"""
SHARED_MEMORY = "semctl semget semop semtimedop shmat shmctl shmdt shmget"
"""System V, as PostgreSQL uses it; in an IPC namespace of the container's own."""
RANDOMNESS = "getrandom"

ALLOWED = " ".join(
    (FILES, MEMORY, PROCESSES, IDENTITY, SIGNALS, TIME, WAITING, CONNECTIONS, SHARED_MEMORY, RANDOMNESS)
)

ABSENT = """
    cachestat clone3 io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit io_uring_enter
    io_uring_register io_uring_setup landlock_add_rule landlock_create_ruleset landlock_restrict_self
    memfd_secret remap_file_pages seccomp vmsplice
"""
"""Answered as by a kernel that lacks them: libraries ask for these and do without. Of clone3 the filter could
not see the flags, which lie behind a pointer; the C library then calls clone.
"""
UNSUPPORTED = "fremovexattr fsetxattr lremovexattr lsetxattr removexattr setxattr"
"""Answered as by a file system without extended attributes, which `cp -a` and shutil understand."""

NAMESPACES = 0x7E020000
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET of <linux/sched.h>."""
UNCHANGED = (0, 0xFFFFFFFF)
"""Values of personality: the default, and the question what it is."""
_FILE_KIND = 0o170000
"""S_IFMT of <linux/stat.h>."""
_SOCKET_KIND = 0xF
"""SOCK_TYPE_MASK of <linux/net.h>: what is above are flags."""
_ROUTING = 0
"""NETLINK_ROUTE of <linux/netlink.h>."""


@cache
def profile() -> str:
    """The filter as JSON, for the security option 'seccomp=<text>'."""
    document = {
        "defaultAction": "SCMP_ACT_ERRNO",  # EPERM: an engine's word for 'no number given'.
        "archMap": [{"architecture": name, "subArchitectures": []} for name in ARCHITECTURES.values()],
        "syscalls": [
            _allow(ALLOWED),
            *_conditional(),
            _refuse(ABSENT, errno.ENOSYS),
            _refuse(UNSUPPORTED, errno.EOPNOTSUPP),
        ],
    }
    return json.dumps(document, separators=(",", ":"))


def _conditional() -> list[dict[str, Any]]:
    """Calls that are allowed with certain arguments. Those of one rule hold together."""
    tcp_and_udp = ((socket.SOCK_STREAM, socket.IPPROTO_TCP), (socket.SOCK_DGRAM, socket.IPPROTO_UDP))
    return [
        _allow("clone", _masked(0, NAMESPACES, 0)),
        *(_allow("personality", _equal(0, value)) for value in UNCHANGED),
        _allow("mknod", _masked(1, _FILE_KIND, stat.S_IFIFO)),
        _allow("mknodat", _masked(2, _FILE_KIND, stat.S_IFIFO)),
        _allow("socketpair", _equal(0, socket.AF_UNIX)),
        _allow("socket", _equal(0, socket.AF_UNIX)),
        _allow("socket", _equal(0, socket.AF_NETLINK), _equal(2, _ROUTING)),
        *(
            _allow("socket", _equal(0, family), _masked(1, _SOCKET_KIND, kind), _equal(2, protocol))
            for family in (socket.AF_INET, socket.AF_INET6)
            for kind, usual in tcp_and_udp
            for protocol in (0, usual)
        ),
    ]


def _allow(names: str, *arguments: dict[str, Any]) -> dict[str, Any]:
    return {"names": names.split(), "action": "SCMP_ACT_ALLOW", "args": list(arguments)}


def _refuse(names: str, number: int) -> dict[str, Any]:
    return {"names": names.split(), "action": "SCMP_ACT_ERRNO", "errnoRet": number, "args": []}


def _equal(index: int, value: int) -> dict[str, Any]:
    return {"index": index, "value": int(value), "op": "SCMP_CMP_EQ"}


def _masked(index: int, mask: int, value: int) -> dict[str, Any]:
    return {"index": index, "value": mask, "valueTwo": int(value), "op": "SCMP_CMP_MASKED_EQ"}
