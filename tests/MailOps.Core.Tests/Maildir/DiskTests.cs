using System.Text;
using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>What the store relies on, on each disk that can run here.</summary>
public sealed class DiskTests : IDisposable
{
    private readonly PrivateFolder _folder = new();

    public static TheoryData<string> Disks => OperatingSystem.IsLinux() ? ["Linux", "Portable"] : ["Portable"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Disks))]
    public void A_name_is_given_once_and_what_stands_there_stays(string kind)
    {
        using var disk = DiskOf(kind);
        var file = _folder.Of("file");
        Assert.True(disk.Create(file, ["one"u8.ToArray(), " two"u8.ToArray()]));
        Assert.False(disk.Create(file, ["three"u8.ToArray()]));
        Assert.True(disk.Create(_folder.Of("empty"), []));
        Assert.False(disk.Create(_folder.Of("empty"), []));
        Assert.Equal(LinkResult.Done, disk.Link(file, _folder.Of("second")));
        Assert.Equal(LinkResult.Taken, disk.Link(file, _folder.Of("second")));
        Assert.Equal("one two", Encoding.ASCII.GetString(disk.ReadAll(_folder.Of("second"))!));
        Assert.True(disk.Append(file, " four"u8));
        Assert.Equal("one two four", File.ReadAllText(_folder.Of("second")));
        disk.Overwrite(file, "ONE"u8);
        Assert.Equal(12, disk.Stat(file)?.Length);
        Assert.Equal("ONE two four", File.ReadAllText(file));
        disk.Sync([_folder.Path, _folder.Of("missing")]);
    }

    [Theory]
    [MemberData(nameof(Disks))]
    public void What_is_missing_is_a_result_and_no_error(string kind)
    {
        using var disk = DiskOf(kind);
        var file = _folder.Write("file", "x");
        foreach (var missing in new[] { _folder.Of("missing"), _folder.Of("no/where"), Path.Join(file, "below-a-file") })
        {
            Assert.Null(disk.Stat(missing));
            Assert.False(disk.Rename(missing, _folder.Of("other")));
            Assert.Equal(LinkResult.Missing, disk.Link(missing, _folder.Of("other")));
            Assert.False(disk.Unlink(missing));
            if (missing.StartsWith(file, StringComparison.Ordinal))
                continue;
            Assert.False(disk.Append(missing, "x"u8));
            Assert.Null(disk.ReadAll(missing));
            Assert.Null(disk.OpenFile(missing, forAppend: false));
            Assert.False(disk.List(missing, directories: false, _ => { }));
            disk.DeleteTree(missing);
        }

        Assert.False(disk.Rename(file, _folder.Of("no/where")));
        Assert.Equal(LinkResult.Missing, disk.Link(file, _folder.Of("no/where")));
    }

    [Theory]
    [MemberData(nameof(Disks))]
    public void Files_are_closed_to_other_users(string kind)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has access lists in the place of modes.");
            return;
        }

        using var disk = DiskOf(kind);
        disk.CreateDirectory(_folder.Of("a/b"));
        disk.Create(_folder.Of("a/created"), []);
        disk.Overwrite(_folder.Of("a/written"), []);
        foreach (var made in new[] { "a", "a/b", "a/created", "a/written" })
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(_folder.Of(made)) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task A_disk_mounted_read_only_is_told_as_such_by_every_call_that_writes(string kind)
    {
        Peers.RequireRoot("Mounting a disk");
        using var disk = DiskOf(kind);
        Directory.CreateDirectory(_folder.Of("mount"));
        await PrivateFolder.RunAsync("mount", "-t", "tmpfs", "mailops-test", _folder.Of("mount"));
        try
        {
            var file = _folder.Write("mount/file", "x");
            var other = _folder.Of("mount/other");
            await PrivateFolder.RunAsync("mount", "-o", "remount,ro", _folder.Of("mount"));
            foreach (var write in new Action[]
            {
                () => disk.Create(other, []),
                () => disk.Append(file, "x"u8),
                () => disk.Overwrite(file, "x"u8),
                () => disk.Rename(file, other),
                () => disk.Unlink(file),
                () => disk.SetModified(file, DateTimeOffset.UnixEpoch),
                () => disk.CreateDirectory(other),
            })
            {
                var error = Assert.Throws<MailStoreException>(write);
                Assert.True(error.Fault == StoreFault.NotWritable, error.Message);
            }

            Assert.Equal("x", Encoding.ASCII.GetString(disk.ReadAll(file)!));
        }
        finally
        {
            await PrivateFolder.RunAsync("umount", _folder.Of("mount"));
        }
    }

    [Theory]
    [InlineData(DiskErrors.TooManyOpen, StoreFault.NoHandles, "ulimit -n")]
    [InlineData(DiskErrors.TableFull, StoreFault.NoHandles, "ulimit -n")]
    [InlineData(DiskErrors.NoSpace, StoreFault.Full, "Free space")]
    [InlineData(DiskErrors.OverQuota, StoreFault.Full, "disk quota")]
    [InlineData(DiskErrors.ReadOnly, StoreFault.NotWritable, "write permission")]
    [InlineData(5, StoreFault.Broken, "system's log")]
    public void An_error_says_what_was_tried_where_and_what_to_do(int errno, object fault, string advice)
    {
        var error = DiskErrors.FromErrno(errno, "append to", "/store/file");
        Assert.Equal(fault, error.Fault);
        Assert.StartsWith("Cannot append to '/store/file': ", error.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.Message, StringComparison.Ordinal);
    }

    private static IMaildirDisk DiskOf(string kind) => kind == "Linux" ? new LinuxDisk() : new PortableDisk();
}
