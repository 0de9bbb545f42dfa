using MailKit;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Interop.Tests.Imap.Clients;

/// <summary>s-nail, by a script of its commands.</summary>
public sealed class SnailTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Snail_searches_copies_moves_saves_flags_and_deletes(bool implicitTls)
    {
        var snail = Peers.Require("s-nail", "s-nail");
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("INBOX", ("one", MessageFlags.None), ("two", MessageFlags.None), ("three", MessageFlags.None), ("four", MessageFlags.None), ("five", MessageFlags.Flagged));
        await server.PutAsync("Work/Done");
        var place = FormattableString.Invariant($"{(implicitTls ? "imaps" : "imap")}://{Uri.EscapeDataString(ClientServer.Account)}@localhost:{(implicitTls ? server.TlsPort : server.Port)}");
        var saved = server.Home.Of("saved");
        var run = await server.RunAsync(
            snail,
            ["-:/", "-Sv15-compat", "-Simap-auth=login", implicitTls ? "-Snoimap-use-starttls" : "-Simap-use-starttls", "-Stls-verify=strict", "-Stls-ca-no-defaults", $"-Stls-ca-file={server.CertificateFile}", $"-Spassword={ClientServer.Password}", "-f", place + "/INBOX"],
            // What stands in parentheses is looked for by the server.
            $"""
            from '(subject two)'
            copy '(subject two)' "{place}/Archive"
            move '(body "body of three")' @Work/Done
            copy '(not flagged header "Subject" "one")' {saved}
            flag '(subject four)'
            unflag 5
            delete '(subject two)'
            folders @
            quit

            """);
        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        Assert.Contains("Archive", run.Output, StringComparison.Ordinal);
        Assert.Contains("Work/Done", run.Output, StringComparison.Ordinal);
        Assert.Equal(["two"], await server.ShownAsync("Archive"));
        Assert.Equal(["three"], await server.ShownAsync("Work/Done"));
        Assert.Equal(["one", "four \\Flagged", "five"], (await server.ShownAsync("INBOX")).Select(line => line.Replace(" \\Seen", "", StringComparison.Ordinal)));
        var copy = await File.ReadAllTextAsync(saved);
        Assert.StartsWith("From ", copy, StringComparison.Ordinal);
        Assert.Contains("\nbody of one\n", copy, StringComparison.Ordinal);
        Assert.True(server.Count("UID SEARCH") >= 5);
        server.CameByTls();
        server.NothingFaulted();
    }

    // A cache of its own, in which it reads what it has read before without the server.
    [Fact]
    public async Task Snail_reads_from_its_cache_without_the_server()
    {
        var snail = Peers.Require("s-nail", "s-nail");
        var server = await ClientServer.StartAsync();
        using var cache = new PrivateFolder();
        var place = FormattableString.Invariant($"imap://{Uri.EscapeDataString(ClientServer.Account)}@localhost:{server.Port}/INBOX");
        string[] arguments = ["-:/", "-Sv15-compat", "-Simap-auth=login", "-Snoimap-use-starttls", $"-Simap-cache={cache.Path}", $"-Spassword={ClientServer.Password}"];
        await using (server)
        {
            await server.PutAsync("INBOX", ("one", MessageFlags.None), ("two", MessageFlags.None));
            var first = await server.RunAsync(snail, [.. arguments, "-f", place], "cache *\nquit\n");
            Assert.True(first.ExitCode == 0, first.Output + first.Error);
        }

        var run = await PeerCommand.RunAsync(snail, [.. arguments, "-Sdisconnected", "-f", place], "type 2\nexit\n", new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = cache.Path, ["MAILRC"] = "/dev/null", ["LC_ALL"] = "C.UTF-8" });
        Assert.Contains("body of two", run.Output, StringComparison.Ordinal);
    }
}
