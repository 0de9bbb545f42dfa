using System.Diagnostics;
using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>Root in the place of a Maildir's owner.</summary>
public sealed class OwnersDiskTests : IDisposable
{
    private const string InChild = "MAILOPS_TEST_OWNED_MAILDIR";
    private const string Group = "4711";
    private const string Link = "cur/1700000000.1.host:2,";

    private readonly PrivateFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_link_leads_root_to_nothing_that_only_a_group_of_root_may_read()
    {
        Peers.RequireRoot("Taking the place of another user");
        if (Environment.GetEnvironmentVariable(InChild) is not { } path)
        {
            var secret = _folder.Write("secret", "of the group");
            await MakeMaildirAsync(secret);
            await PrivateFolder.RunAsync("/bin/chown", $"0:{Group}", secret);
            await PrivateFolder.RunAsync("/bin/chmod", "640", secret);
            await RunInChildAsync(nameof(A_link_leads_root_to_nothing_that_only_a_group_of_root_may_read), Peers.Require("setpriv", "util-linux"), "--groups", Group);
            return;
        }

        Assert.Equal([Group], Groups());
        using var disk = OwnersDisk.Wrap(new LinuxDisk(), path);
        var link = Path.Join(path, Link);
        Assert.Equal(StoreFault.NotWritable, Assert.Throws<MailStoreException>(() => disk.ReadAll(link)).Fault);
        Assert.Equal([Group], Groups());
        Assert.Equal("of the group", File.ReadAllText(link));
    }

    [Fact]
    public async Task A_call_within_a_call_takes_the_place_once_and_leaves_it_at_the_end()
    {
        Peers.RequireRoot("Taking the place of another user");
        var link = await MakeMaildirAsync(_folder.Write("open", "of all"));
        using var disk = OwnersDisk.Wrap(new LinuxDisk(), _folder.Of("Mail"));
        var before = Identity();
        var within = new List<string>();
        Assert.True(disk.List(_folder.Of("Mail/cur"), directories: false, _ =>
        {
            Assert.Equal("of all", System.Text.Encoding.ASCII.GetString(disk.ReadAll(link)!));
            within.Add(Identity());
        }));
        Assert.Equal(["65534 65534 "], within);
        Assert.Equal(before, Identity());
    }

    [Fact]
    public async Task Where_the_system_does_not_let_root_take_the_owners_place_it_says_so()
    {
        Peers.RequireRoot("Taking the place of another user");
        if (Environment.GetEnvironmentVariable(InChild) is not { } path)
        {
            await MakeMaildirAsync(_folder.Write("open", "of all"));
            await RunInChildAsync(nameof(Where_the_system_does_not_let_root_take_the_owners_place_it_says_so), Peers.Require("unshare", "util-linux"), "--user", "--map-root-user");
            return;
        }

        var error = Assert.Throws<MailStoreException>(() => OwnersDisk.Wrap(new LinuxDisk(), path));
        Assert.Equal(StoreFault.NotWritable, error.Fault);
        Assert.EndsWith("Run it as that user.", error.Message, StringComparison.Ordinal);
    }

    private static string[] Groups() => [.. Field("Groups")];

    // As whom the thread is seen by file systems, and its groups.
    private static string Identity() => $"{Field("Uid")[3]} {Field("Gid")[3]} {string.Join(' ', Groups())}";

    private static string[] Field(string name) =>
        File.ReadAllLines("/proc/thread-self/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal))[(name.Length + 1)..]
            .Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries);

    // The same test again, in a process that another program gave its rights.
    private async Task RunInChildAsync(string method, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments.Concat(["dotnet", typeof(OwnersDiskTests).Assembly.Location, "-noLogo", "-noColor", "-method", $"*.{method}"]))
            start.ArgumentList.Add(argument);
        start.Environment[InChild] = _folder.Of("Mail");
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if ((await errors).StartsWith(Path.GetFileName(program) + ":", StringComparison.Ordinal))
            Peers.Miss($"This machine does not let root change a process's rights: {await errors}");
        Assert.True((await said).Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", StringComparison.Ordinal), await said + await errors);
    }

    /// <summary>A Maildir of the user nobody, with a link that nobody laid.</summary>
    private async Task<string> MakeMaildirAsync(string target)
    {
        var path = _folder.Of("Mail");
        foreach (var part in new[] { "cur", "new", "tmp" })
            Directory.CreateDirectory(Path.Join(path, part));
        var link = Path.Join(path, Link);
        File.CreateSymbolicLink(link, target);
        await PrivateFolder.RunAsync("/bin/chown", "-hR", "65534:65534", path);
        return link;
    }
}
