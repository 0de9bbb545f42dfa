using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using static MailOps.Maildir.Disk.LinuxCalls;

namespace MailOps.Maildir.Disk;

/// <summary>A file through plain system calls.</summary>
internal sealed unsafe class LinuxFile : DiskFile
{
    // The runtime closes it for whoever forgets to.
    private readonly SafeFileHandle _handle;
    private readonly string _path;

    internal LinuxFile(int descriptor, string path)
    {
        _handle = new SafeFileHandle(descriptor, ownsHandle: true);
        _path = path;
    }

    public override FileFacts Facts
    {
        get
        {
            StatBuffer facts;
            if (LinuxCalls.Stat(Descriptor, "", EmptyPath, StatIdentity, &facts) != 0)
                throw DiskErrors.FromErrno(Marshal.GetLastPInvokeError(), "look at", _path);
            GC.KeepAlive(this);
            return LinuxDisk.FactsOf(&facts);
        }
    }

    private int Descriptor => _handle.IsClosed ? throw new ObjectDisposedException(nameof(LinuxFile)) : (int)_handle.DangerousGetHandle();

    public override int Read(Span<byte> octets, long offset)
    {
        var read = LinuxDescriptors.ReadAll(Descriptor, octets, offset);
        GC.KeepAlive(this);
        return read >= 0 ? read : throw DiskErrors.FromErrno(-read, "read", _path);
    }

    public override void Append(ReadOnlySpan<byte> octets)
    {
        // The kernel holds the inode's lock for the whole of one write, so that appended pieces never mix.
        var failed = LinuxDescriptors.WriteAll(Descriptor, octets);
        GC.KeepAlive(this);
        if (failed != 0)
            throw DiskErrors.FromErrno(failed, "append to", _path);
    }

    public override bool TryLock(bool exclusive)
    {
        var locked = LinuxCalls.Lock(Descriptor, (exclusive ? LockExclusive : LockShared) | LockNoWait) == 0;
        GC.KeepAlive(this);
        return locked;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _handle.Dispose();
    }
}
