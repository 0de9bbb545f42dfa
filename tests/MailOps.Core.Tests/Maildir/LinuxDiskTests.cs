using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed class LinuxDiskTests
{
    [Fact]
    public void A_sync_that_cannot_tell_the_file_system_fails_and_promises_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "syncfs is Linux's.");
        using var folder = new PrivateFolder();
        using var disk = new LinuxDisk();
        disk.Sync([folder.Path, folder.Of("renamed-meanwhile")]);
        var file = folder.Write("file", "");
        Assert.Throws<MailStoreException>(() => disk.Sync([Path.Join(file, "below-a-file")]));
    }
}
