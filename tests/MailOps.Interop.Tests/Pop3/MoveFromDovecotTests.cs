using System.Globalization;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Pop3;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Interop.Tests.Pop3;

/// <summary>A Maildir moves from a real Dovecot to this server, and clients that left their mail there download nothing twice.</summary>
public sealed class MoveFromDovecotTests
{
    private const string Account = "john@example.com";

    public static TheoryData<string> Formats => ["%08Xu%08Xv", "%08Xv%08Xu", "%v-%u", "%v.%u", "%u", "%f", "%g", "%Xu-%Xv", "a%012ub%03u"];

    [Theory, MemberData(nameof(Formats))]
    public async Task Unique_ids_are_those_that_Dovecot_told(string format)
    {
        await using var dovecot = await PrivateDovecot.StartAsync($"pop3_uidl_format = {format}");
        Fill(dovecot, 3);
        var before = await UidlAsync(dovecot.Pop3TlsPort, "john");
        Assert.Equal(3, before.Count);

        await using var server = await MoveAsync(dovecot, 0, format);
        Assert.Equal(before, await UidlAsync(server.Port(MailProtocol.Pop3, TlsMode.Implicit), "john"));
    }

    [Theory]
    [InlineData("fetchmail")]
    [InlineData("getmail")]
    [InlineData("mpop")]
    public async Task A_client_that_kept_its_mail_on_Dovecot_downloads_only_what_is_new(string client)
    {
        using var home = new PrivateFolder();
        var dovecot = await PrivateDovecot.StartAsync();
        try
        {
            Fill(dovecot, 4);
            await RunAsync(client, home, dovecot.Pop3Port);
            Assert.Equal(4, Delivered(home));
            await RunAsync(client, home, dovecot.Pop3Port);
            Assert.Equal(4, Delivered(home));
        }
        finally
        {
            await dovecot.StopAsync();
        }

        try
        {
            await using var server = await MoveAsync(dovecot, dovecot.Pop3Port, "Dovecot");
            await RunAsync(client, home, dovecot.Pop3Port);
            Assert.Equal(4, Delivered(home));

            await File.WriteAllTextAsync(Path.Combine(server.StorePath, "mail", "example.com", "john", "new", "1800000000.M1P1.here"), "Subject: new\n\nhello\n");
            await RunAsync(client, home, dovecot.Pop3Port);
            Assert.Equal(5, Delivered(home));
            Assert.Empty(server.Events.OfType<SessionFaulted>());
        }
        finally
        {
            await dovecot.DisposeAsync();
        }
    }

    private static void Fill(PrivateDovecot dovecot, int count)
    {
        for (var number = 1; number <= count; number++)
            dovecot.Put(number, FormattableString.Invariant($"From: ann@example.org\nTo: john@example.com\nSubject: number {number}\nMessage-ID: <{number}@example.org>\n\n.text {number}\n"));
    }

    private static async Task<TestServer> MoveAsync(PrivateDovecot dovecot, int port, string format)
    {
        var server = await TestServer.StartAsync(options => options with
        {
            Capture = false,
            Authentication = new AuthenticationOptions { AllowPlaintextLogin = true },
            Pop3 = options.Pop3 with { UidlFormat = UidlFormat.Parse(format) },
            Endpoints = [.. options.Endpoints.Select(one => one is { Protocol: MailProtocol.Pop3, Tls: TlsMode.StartTls } ? one with { Port = port } : one)],
        });
        await new AccountRegister(server.StorePath).AddAsync(Account, AccountSecret.FromPassword("summersun", "SSHA", scramKeys: true), default);
        var to = Path.Combine(server.StorePath, "mail", "example.com", "john");
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        await PrivateFolder.RunAsync("/bin/cp", "-r", dovecot.MailPath, to);
        return server;
    }

    private static async Task<IReadOnlyList<string>> UidlAsync(int port, string user)
    {
        await using var client = await LineClient.ConnectAsync(port);
        await client.SecureAsync();
        await client.ReadLineAsync();
        Assert.StartsWith("+OK", await client.AskAsync("USER " + user), StringComparison.Ordinal);
        Assert.StartsWith("+OK", await client.AskAsync("PASS summersun"), StringComparison.Ordinal);
        Assert.StartsWith("+OK", await client.AskAsync("UIDL"), StringComparison.Ordinal);
        var ids = await client.ReadToDotAsync();
        await client.AskAsync("QUIT");
        return ids;
    }

    private static int Delivered(PrivateFolder home) => Directory.GetFiles(home.Of("in/new")).Length;

    private static async Task RunAsync(string client, PrivateFolder home, int port)
    {
        var program = Peers.Require(client, client == "getmail" ? "getmail6" : client);
        foreach (var part in new[] { "new", "cur", "tmp" })
            Directory.CreateDirectory(home.Of($"in/{part}"));
        var number = port.ToString(CultureInfo.InvariantCulture);
        string[] arguments;
        switch (client)
        {
            case "fetchmail":
                var safecat = Peers.Require("safecat", "safecat");
                var rc = home.WriteSecret("fetchmailrc", $"poll localhost protocol pop3 port {number} uidl user john password summersun keep mda \"{safecat} {home.Of("in/tmp")} {home.Of("in/new")}\" sslproto \"\"\n");
                arguments = ["-f", rc, "-i", home.Of("fetchids"), "--pidfile", home.Of("fetchmail.pid"), "--nosyslog", "-v"];
                break;
            case "getmail":
                var mover = Peers.Require("safecat", "safecat");
                home.Write("getmailrc", $"[retriever]\ntype = SimplePOP3Retriever\nserver = localhost\nport = {number}\nusername = john\npassword = summersun\n[destination]\ntype = MDA_external\npath = {mover}\narguments = ('{home.Of("in/tmp")}', '{home.Of("in/new")}')\nallow_root_commands = true\n[options]\nread_all = false\ndelete = false\n");
                arguments = ["--getmaildir", home.Path, "--rcfile", "getmailrc"];
                break;
            default:
                var mpoprc = home.WriteSecret("mpoprc", $"account default\nhost localhost\nport {number}\nuser john\npassword summersun\nauth user\ntls off\nkeep on\nuidls_file {home.Of("uidls")}\ndelivery maildir {home.Of("in")}\n");
                arguments = ["-C", mpoprc];
                break;
        }

        var ran = await PeerCommand.RunAsync(program, arguments, environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = home.Path, ["FETCHMAILHOME"] = home.Path });
        // fetchmail: 1 means that there was no new mail.
        Assert.True(ran.ExitCode == 0 || (client == "fetchmail" && ran.ExitCode == 1), $"{client} ended with {ran.ExitCode}: {ran.Output}{ran.Error}");
    }
}
