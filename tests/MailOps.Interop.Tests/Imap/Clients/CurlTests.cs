using MailKit;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Interop.Tests.Imap.Clients;

/// <summary>curl: a command for each connection, and what is not one of its own by -X.</summary>
public sealed class CurlTests
{
    private const string Message = "From: jane@example.com\r\nSubject: from curl\r\n\r\nHello\r\n";

    [Theory]
    [InlineData(TlsMode.StartTls)]
    [InlineData(TlsMode.Implicit)]
    public async Task Curl_appends_lists_searches_and_fetches(TlsMode tls)
    {
        await using var server = await ClientServer.StartAsync();
        var curl = new Curl(server, tls);
        await curl.RunAsync("/INBOX", "-T", server.Home.Write("message", Message));
        Assert.Contains("* LIST (\\HasNoChildren) \"/\" \"INBOX\"", await curl.RunAsync(""), StringComparison.Ordinal);
        Assert.Contains("* SEARCH 1", await curl.RunAsync("/INBOX?SUBJECT%20curl"), StringComparison.Ordinal);
        Assert.Equal(Message, await curl.RunAsync("/INBOX;MAILINDEX=1"));
        Assert.Equal("Hello\r\n", await curl.RunAsync("/INBOX;UID=1/;SECTION=TEXT"));
        Assert.Contains("MESSAGES 1", await curl.RunAsync("", "-X", "STATUS INBOX (MESSAGES)"), StringComparison.Ordinal);
        Assert.NotEqual(0, (await curl.TryAsync("/Nowhere;MAILINDEX=1")).ExitCode);
        server.NothingFaulted();
    }

    [Fact]
    public async Task Curl_appends_10_MiB_and_flags_moves_and_deletes_by_commands_of_its_user()
    {
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("Entwürfe");
        await server.PutAsync("INBOX", ("one", MessageFlags.None), ("two", MessageFlags.None));
        var curl = new Curl(server, TlsMode.StartTls);
        var big = ClientServer.Message("big", size: 10 * 1024 * 1024);
        await File.WriteAllBytesAsync(server.Home.Of("big"), big);
        // A mailbox's name is modified UTF-7 (RFC 3501 section 5.1.3) to who has not enabled another.
        await curl.RunAsync("/Entw%26APw-rfe", "-T", server.Home.Of("big"));
        Assert.Equal(big, await server.OctetsAsync("Entwürfe", "big"));
        Assert.Equal(["big \\Seen"], await server.ShownAsync("Entwürfe"));
        Assert.Contains("\"Entw&APw-rfe\"", await curl.RunAsync("", "-X", "LIST \"\" %"), StringComparison.Ordinal);

        Assert.Contains("FETCH (UID 1 FLAGS (", await curl.RunAsync("/INBOX", "-X", "UID STORE 1 +FLAGS (\\Flagged $Work)"), StringComparison.Ordinal);
        Assert.Contains("COPYUID", await curl.RunAsync("/INBOX", "-v", "-X", "UID MOVE 1 Entw&APw-rfe"), StringComparison.Ordinal);
        Assert.Equal(["big \\Seen", "one $Work \\Flagged"], await server.ShownAsync("Entwürfe"));
        await curl.RunAsync("/INBOX", "-X", "STORE 1 +FLAGS.SILENT (\\Deleted)");
        Assert.Contains("* 1 EXPUNGE", await curl.RunAsync("/INBOX", "-X", "EXPUNGE"), StringComparison.Ordinal);
        Assert.Empty(await server.ShownAsync("INBOX"));
        Assert.Contains("* ESEARCH", await curl.RunAsync("/Entw%26APw-rfe", "-X", "SEARCH RETURN (COUNT) KEYWORD $Work LARGER 10"), StringComparison.Ordinal);
        server.NothingFaulted();
    }

    /// <summary>curl with what leads it to the server.</summary>
    private sealed class Curl(ClientServer server, TlsMode tls)
    {
        private readonly string _program = Peers.Require("curl", "curl");

        public async Task<string> RunAsync(string path, params string[] arguments)
        {
            var said = (await TryAsync(path, arguments)).Succeeded();
            return said.Output + (arguments.Contains("-v") ? said.Error : "");
        }

        public Task<PeerOutput> TryAsync(string path, params string[] arguments)
        {
            var port = tls == TlsMode.Implicit ? server.TlsPort : server.Port;
            string[] common = ["-sS", "--cacert", server.CertificateFile, "--ssl-reqd", "--resolve", FormattableString.Invariant($"localhost:{port}:127.0.0.1"), "-u", $"{ClientServer.Account}:{ClientServer.Password}"];
            return server.RunAsync(_program, [.. common, .. arguments, FormattableString.Invariant($"{(tls == TlsMode.Implicit ? "imaps" : "imap")}://localhost:{port}{path}")]);
        }
    }
}
