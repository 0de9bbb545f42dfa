using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Interop.Tests.Imap;

public sealed class CurlTests
{
    private const string Message = "From: jane@example.com\r\nSubject: from curl\r\n\r\nHello\r\n";

    [Theory]
    [InlineData(TlsMode.StartTls)]
    [InlineData(TlsMode.Implicit)]
    public async Task Curl_appends_lists_searches_and_fetches(TlsMode tls)
    {
        var curl = Peers.Require("curl", "curl");
        await using var server = await TestServer.StartAsync();
        var port = server.Port(MailProtocol.Imap, tls);
        var url = tls == TlsMode.Implicit ? FormattableString.Invariant($"imaps://localhost:{port}") : FormattableString.Invariant($"imap://localhost:{port}");
        string[] common = ["-sS", "-k", "--resolve", FormattableString.Invariant($"localhost:{port}:127.0.0.1"), "-u", "john@example.com:summersun"];
        if (tls == TlsMode.StartTls)
            common = [.. common, "--ssl-reqd"];

        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, Message);
            (await PeerCommand.RunAsync(curl, [.. common, "-T", file, url + "/INBOX"])).Succeeded();
        }
        finally
        {
            File.Delete(file);
        }

        Assert.Contains("* LIST (\\HasNoChildren) \"/\" \"INBOX\"", (await PeerCommand.RunAsync(curl, [.. common, url])).Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("* SEARCH 1", (await PeerCommand.RunAsync(curl, [.. common, url + "/INBOX?SUBJECT%20curl"])).Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal(Message, (await PeerCommand.RunAsync(curl, [.. common, url + "/INBOX;MAILINDEX=1"])).Succeeded().Output);
        Assert.Equal("Hello\r\n", (await PeerCommand.RunAsync(curl, [.. common, url + "/INBOX;UID=1/;SECTION=TEXT"])).Succeeded().Output);
        Assert.Contains("MESSAGES 1", (await PeerCommand.RunAsync(curl, [.. common, "-X", "STATUS INBOX (MESSAGES)", url])).Succeeded().Output, StringComparison.Ordinal);
        Assert.NotEqual(0, (await PeerCommand.RunAsync(curl, [.. common, url + "/Nowhere;MAILINDEX=1"])).ExitCode);
    }
}
