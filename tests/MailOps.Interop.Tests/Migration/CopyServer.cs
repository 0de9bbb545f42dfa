using System.Diagnostics;
using System.Net;
using MailOps.Client.Mailboxes;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Imap;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;

namespace MailOps.Interop.Tests.Migration;

/// <summary>A private server of one of four kinds, with an empty mailbox of one account.</summary>
internal sealed class CopyServer : IAsyncDisposable
{
    private readonly IAsyncDisposable _server;
    private readonly string? _maildir;

    private CopyServer(string kind, int port, string user, IAsyncDisposable server, string? maildir, TlsMode tls = TlsMode.None)
    {
        (Kind, Port, User, _server, _maildir, Tls) = (kind, port, user, server, maildir, tls);
    }

    public string Kind { get; }

    public int Port { get; }

    public string User { get; }

    public TlsMode Tls { get; }

    public static async Task<CopyServer> StartAsync(string kind)
    {
        switch (kind)
        {
            case "Dovecot":
                var dovecot = await PrivateDovecot.StartAsync("mail_plugins = zlib\nprotocol imap {\n  mail_plugins = zlib imap_zlib\n}\n");
                return new CopyServer(kind, dovecot.ImapPort, "john", dovecot, dovecot.MailPath);
            case "Courier":
                var courier = new CourierServer();
                return new CopyServer(kind, courier.Port, "john", courier, courier.Mail);
            case "Cyrus":
                var cyrus = await PrivateCyrus.StartAsync();
                return new CopyServer(kind, cyrus.ImapPort, "john", cyrus, maildir: null);
            default:
                var mailOps = await TestServer.StartAsync(options => options with { MaxMessageSize = 100 * 1024 * 1024 });
                return new CopyServer(kind, mailOps.Port(MailProtocol.Imap), "john@example.com", mailOps, Path.Join(mailOps.StorePath, "mail", "example.com", "john"), TlsMode.StartTls);
        }
    }

    /// <summary>The mailbox as an end of a copy, over compressed connections where the server has them.</summary>
    public ImapMailboxEnd Open() => new(
        $"{Kind}",
        new MailboxOptions
        {
            Server = "127.0.0.1",
            Port = Port,
            Tls = Tls,
            SkipCertificateCheck = true,
            Credential = new NetworkCredential(User, "summersun"),
            Compression = ImapCompression.Always,
            Timeout = TimeSpan.FromSeconds(60),
        },
        TimeProvider.System);

    /// <summary>Puts a message into the inbox behind the server's back.</summary>
    /// <returns>False if it keeps no Maildir.</returns>
    public async Task<bool> PutAsync(int number, byte[] octets)
    {
        if (_maildir is null)
            return false;
        var path = Path.Join(_maildir, "new", $"16{number:00000000}.M{number}P1.test");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, octets);
        if (Kind == "Dovecot")
        {
            using var chown = Process.Start("chown", ["-R", "nobody:nogroup", _maildir]);
            await chown.WaitForExitAsync();
        }

        return true;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
