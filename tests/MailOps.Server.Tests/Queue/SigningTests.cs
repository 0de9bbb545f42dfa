using System.Globalization;
using System.Text;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Hosting.Configuration;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Smtp;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Trust.Dkim;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>DKIM signatures of what goes to other servers, as the next server gets it.</summary>
public sealed class SigningTests : IAsyncDisposable
{
    private const string Header = "From: Ann <ann@Example.com>\r\nTo: bob@b.example\r\nDate: Sat, 28 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n";

    private readonly NextServer _next = new() { Offers = ["PIPELINING", "8BITMIME", "SIZE 50000000"] };
    private readonly PrivateFolder _folder = new();
    private TestServer _server = null!;
    private DkimKeyStore _keys = null!;

    public static TheoryData<string, string> Messages() => new()
    {
        { "8-bit", $"{Header}Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\u00c3\u00bc\u00c3\u009fe \t an  alle \r\n\r\n\r\n" },
        { "long header", $"{Header}Subject: {new string('s', 900)}\r\n {string.Join("\r\n\t", Enumerable.Range(0, 500).Select(i => $"word{i}"))}\r\nReferences: {string.Join("\r\n ", Enumerable.Range(0, 2000).Select(i => $"<{i}@example.com>"))}\r\n\r\nbody\r\n" },
        { "dots", $"{Header}\r\n.\r\n..\r\n...x\r\n.y\r\n\r\n.\r\n" },
        { "no body", Header },
        { "what submission adds", "From: ann@example.com\r\nBcc: secret@example.com\r\nSubject: x\r\n\r\nbody\r\n" },
        { "20 MiB", $"{Header}\r\n{string.Concat(Enumerable.Repeat(new string('x', 70) + " \r\n.\r\n", 20 * 1024 * 1024 / 76))}" },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task What_the_next_server_gets_is_signed_with_each_active_key_which_mailauth_and_OpenDKIM_verify(string kind, string message)
    {
        await StartAsync();
        var (rsa, ed25519) = (Make("s1", DkimKeyType.Rsa), Make("s2", DkimKeyType.Ed25519));
        await SendAsync(message, "RCPT TO:<bob@b.example>");
        var sent = await SentAsync(1);
        Assert.StartsWith("DKIM-Signature: ", sent, StringComparison.Ordinal);
        Assert.Equal(["example.com s1 rsa-sha256 pass", "example.com s2 ed25519-sha256 pass"], await MailAuth.VerifyAsync(_folder, sent, rsa, ed25519));
        Assert.Contains("dkim=pass", await MailAuth.OpenDkimAsync(_folder, sent, rsa, ed25519), StringComparison.Ordinal);
        var changed = sent.Replace("ann@", "eve@", StringComparison.OrdinalIgnoreCase);
        Assert.All(await MailAuth.VerifyAsync(_folder, changed, rsa, ed25519), one => Assert.EndsWith(" fail", one, StringComparison.Ordinal));
        Assert.Contains(kind == "20 MiB" ? "BODY=8BITMIME" : "SIZE=", Assert.Single(_next.Commands, line => line.StartsWith("MAIL", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_signature_counts_in_SIZE_and_is_not_in_the_copy_of_a_mailbox_here()
    {
        await StartAsync();
        Make("s1", DkimKeyType.Rsa);
        await SendAsync($"{Header}\r\nbody\r\n", "RCPT TO:<bob@b.example>", "RCPT TO:<ann@example.com>");
        var sent = await SentAsync(1);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $" SIZE={sent.Length} "), Assert.Single(_next.Commands, line => line.StartsWith("MAIL", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain("DKIM-Signature", await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("ann@example.com"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_made_active_signs_the_next_message_and_a_retry_sends_what_was_signed_before()
    {
        await StartAsync();
        Make("s1", DkimKeyType.Rsa);
        _next.Answer = line => line == "." ? "451 4.2.0 Later" : null;
        await SendAsync($"{Header}Subject: first\r\n\r\nbody\r\n", "RCPT TO:<bob@b.example>");
        await _server.WaitForAsync<OutboundTried>();
        Make("s2", DkimKeyType.Rsa);
        _next.Answer = _ => null;
        await SendAsync($"{Header}Subject: second\r\n\r\nbody\r\n", "RCPT TO:<bob@b.example>");
        await SentAsync(2);
        Assert.Contains(" s=s1;", Assert.Single(_next.Messages, one => one.Contains("first", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains(" s=s2;", Assert.Single(_next.Messages, one => one.Contains("second", StringComparison.Ordinal)), StringComparison.Ordinal);

        _keys.SetActive("example.com", "s2", isActive: false);
        await SendAsync($"{Header}Subject: third\r\n\r\nbody\r\n", "RCPT TO:<bob@b.example>");
        Assert.DoesNotContain("DKIM-Signature", await SentAsync(3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_cannot_be_used_neither_loses_nor_delays_mail_and_is_told_once()
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("Rights there are lists, not bits.");
        await StartAsync();
        var (rsa, ed25519) = (Make("s1", DkimKeyType.Rsa), Make("s2", DkimKeyType.Ed25519));
        SetMode(rsa.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        for (var i = 1; i <= 3; i++)
        {
            await SendAsync($"{Header}\r\nbody\r\n", "RCPT TO:<bob@b.example>");
            Assert.Equal(["example.com s2 ed25519-sha256 pass"], await MailAuth.VerifyAsync(_folder, await SentAsync(i), rsa, ed25519));
            // A state of the file that is new is looked at again until it has stood still.
            if (i == 1)
                await QueueFixture.UntilAsync(() => DateTime.UtcNow - File.GetLastWriteTimeUtc(rsa.Path) > TimeSpan.FromSeconds(1), "the file to stand still");
        }

        Assert.InRange(_server.Events.OfType<ServerFaulted>().Count(fault => fault.Exception.Message.StartsWith("Mail is sent without the DKIM signature of a key that cannot be used. The private key '" + rsa.Path + "' is open to others", StringComparison.Ordinal)), 1, 2);
        var found = Assert.Single(new ConfigurationReview(_server.Server.Options).Findings(), finding => finding.Check == "Signing");
        Assert.Equal((ConfigurationRisk.Warning, rsa.Path), (found.Risk, found.Evidence));

        SetMode(rsa.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await SendAsync($"{Header}\r\nbody\r\n", "RCPT TO:<bob@b.example>");
        Assert.Equal(2, (await MailAuth.VerifyAsync(_folder, await SentAsync(4), rsa, ed25519)).Count(one => one.EndsWith(" pass", StringComparison.Ordinal)));
        Assert.Equal(ConfigurationRisk.None, Assert.Single(new ConfigurationReview(_server.Server.Options).Findings(), finding => finding.Check == "Signing").Risk);
    }

    [Fact]
    public async Task A_folder_in_which_others_may_write_signs_nothing_and_signs_when_that_was_put_right()
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("Rights there are lists, not bits.");
        await StartAsync();
        var folder = Path.GetDirectoryName(Make("s1", DkimKeyType.Rsa).Path)!;
        var own = GetMode(folder);
        SetMode(folder, own | UnixFileMode.GroupWrite);
        await SendAsync($"{Header}\r\nbody\r\n", "RCPT TO:<bob@b.example>");
        Assert.DoesNotContain("DKIM-Signature", await SentAsync(1), StringComparison.Ordinal);
        SetMode(folder, own);
        await SendAsync($"{Header}\r\nbody\r\n", "RCPT TO:<bob@b.example>");
        Assert.Contains("DKIM-Signature", await SentAsync(2), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("From: ann@example.net\r\n\r\nbody\r\n")]
    [InlineData("From: ann@sub.example.com\r\n\r\nbody\r\n")]
    [InlineData("From: ann@example.com\r\nFrom: bob@example.com\r\n\r\nbody\r\n")]
    [InlineData("From: ann@../example.com\r\n\r\nbody\r\n")]
    [InlineData("Subject: no author\r\n\r\nbody\r\n")]
    public async Task Mail_of_a_domain_without_a_key_or_of_no_one_author_is_sent_as_it_is(string message)
    {
        await StartAsync();
        Make("s1", DkimKeyType.Rsa);
        await SendAsync(message, "RCPT TO:<bob@b.example>");
        Assert.DoesNotContain("DKIM-Signature", await SentAsync(1), StringComparison.Ordinal);
        Assert.Empty(_server.Events.OfType<ServerFaulted>());
    }

    [Theory]
    [InlineData("boss@other.example", "ann@example.com", SenderCheck.Envelope, false)]
    [InlineData("Boss <boss@OTHER.example>", "", SenderCheck.Envelope, false)]
    [InlineData("boss@other.example", "ann@example.com", SenderCheck.None, true)]
    [InlineData("sales@other.example", "ann@example.com", SenderCheck.Envelope, true)]
    [InlineData("boss@other.example", "sales@other.example", SenderCheck.Envelope, true)]
    [InlineData("boss@example.com", "ann@example.com", SenderCheck.Envelope, true)]
    public async Task A_domain_signs_nothing_that_an_account_of_another_wrote_in_its_name(string author, string sender, SenderCheck check, bool isSigned)
    {
        await StartAsync(options => options with { Domains = [.. options.Domains, "other.example"], SenderCheck = check });
        await File.WriteAllTextAsync(Path.Combine(_server.StorePath, "aliases"), "sales@other.example ann@example.com\n");
        Make("s1", DkimKeyType.Rsa);
        _keys.Create("other.example", "s1", DkimKeyType.Rsa, 2048, activate: true);
        await using (var client = await LoggedInAsync())
            await TransferAsync(client, $"From: {author}\r\n\r\nbody\r\n", $"MAIL FROM:<{sender}>", "RCPT TO:<bob@b.example>");
        Assert.Equal(isSigned, (await SentAsync(1)).Contains("DKIM-Signature", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reports_to_elsewhere_are_signed_as_mail_of_this_server_and_bring_back_the_signature_of_what_failed()
    {
        await StartAsync(options => options with { Outbound = options.Outbound with { RelayFrom = TrustedNetworks.Loopback } });
        var ours = _keys.Create("mx.example.com", "r1", DkimKeyType.Rsa, 2048, activate: true);
        var theirs = Make("s1", DkimKeyType.Rsa);
        _next.Answer = line => line.StartsWith("RCPT TO:<bob@", StringComparison.Ordinal) ? "550 5.1.1 No such user" : null;
        await using (var client = await _server.ConnectAsync(MailProtocol.Smtp))
        {
            await client.ReadReplyAsync();
            await client.AskAsync("EHLO printer");
            await TransferAsync(client, $"{Header}\r\nbody\r\n", "MAIL FROM:<printer@c.example>", "RCPT TO:<bob@b.example>");
        }

        var report = await SentAsync(1);
        Assert.Equal(["mx.example.com r1 rsa-sha256 pass"], await MailAuth.VerifyAsync(_folder, report, ours));
        var returned = report[report.IndexOf("DKIM-Signature: ", 20, StringComparison.Ordinal)..];
        returned = returned[..returned.LastIndexOf("\r\n--=_", StringComparison.Ordinal)];
        Assert.Equal(["example.com s1 rsa-sha256 pass"], await MailAuth.VerifyAsync(_folder, returned, theirs));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _next.DisposeAsync();
        _folder.Dispose();
    }

    private static UnixFileMode GetMode(string path) => OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(path);

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }

    private DkimKeyRecord Make(string selector, DkimKeyType type) => _keys.Create("example.com", selector, type, 2048, activate: true);

    private async Task StartAsync(Func<MailServerOptions, MailServerOptions>? configure = null)
    {
        _server = await TestServer.StartAsync(options =>
        {
            Directory.CreateDirectory(options.StorePath);
            File.WriteAllText(Path.Combine(options.StorePath, "users"), "ann@example.com:{PLAIN}secret\n");
            options = options with
            {
                Capture = false,
                Outbound = new OutboundOptions { Enabled = true, SmartHost = _next.Target, FirstRetry = TimeSpan.FromSeconds(1) },
                Authentication = options.Authentication with { AllowPlaintextLogin = true },
            };
            return configure?.Invoke(options) ?? options;
        });
        _keys = new DkimKeyStore(_server.StorePath);
    }

    private async Task SendAsync(string message, params string[] recipients)
    {
        await using var client = await LoggedInAsync();
        await TransferAsync(client, message, ["MAIL FROM:<ann@example.com> BODY=8BITMIME", .. recipients]);
    }

    private async Task<LineClient> LoggedInAsync()
    {
        var client = await _server.ConnectAsync(MailProtocol.Submission);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO a");
        Assert.StartsWith("235 ", await client.AskAsync($"AUTH PLAIN {Convert.ToBase64String("\0ann@example.com\0secret"u8)}"), StringComparison.Ordinal);
        return client;
    }

    private static async Task TransferAsync(LineClient client, string message, params string[] lines)
    {
        foreach (var line in lines)
            Assert.StartsWith("250 ", await client.AskAsync(line), StringComparison.Ordinal);
        Assert.StartsWith("354 ", await client.AskAsync("DATA"), StringComparison.Ordinal);
        var stuffed = message.StartsWith('.') ? "." + message : message.Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
        await client.SendAsync(Encoding.Latin1.GetBytes(stuffed + ".\r\n"));
        Assert.StartsWith("250 2.0.0 Ok: queued as ", await client.ReadReplyAsync(), StringComparison.Ordinal);
    }

    /// <summary>Waits for so many messages.</summary>
    /// <returns>The last one, without the dots of the transfer.</returns>
    private async Task<string> SentAsync(int count)
    {
        await QueueFixture.UntilAsync(() => _next.Messages.Count == count, "the message");
        return _next.Messages.Last().Replace("\r\n..", "\r\n.", StringComparison.Ordinal);
    }
}
