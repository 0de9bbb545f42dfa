using System.Globalization;
using System.Net;
using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Tests.Support;
using MailOps.Wire;

namespace MailOps.Client.Tests.Mailboxes.Pop3;

/// <summary>Courier's POP3 server.</summary>
internal sealed class CourierMaildrop() : PrivateCourier(
    "/opt/courier-pop/usr/lib/courier/courier/courierpop3d",
    "courier-pop is not unpacked, and cannot be installed beside dovecot-pop3d: apt-get download courier-pop && dpkg-deb -x courier-pop_*.deb /opt/courier-pop")
{
    internal int Count => Directory.GetFiles(Path.Join(Mail, "cur")).Length + Directory.GetFiles(Path.Join(Mail, "new")).Length;

    internal MailboxOptions Options => new()
    {
        Server = "localhost",
        Port = Port,
        Tls = TlsMode.None,
        Credential = new NetworkCredential("john", "summersun"),
        Timeout = TimeSpan.FromSeconds(20),
    };

    internal void Put(int number, string text) => File.WriteAllText(Path.Join(Mail, "new", string.Create(CultureInfo.InvariantCulture, $"1700000{number:000}.M{number}P1.test")), text, new UTF8Encoding(false));

    protected override async Task<string?> LogInAsync(Stream stream)
    {
        await SayAsync(stream, "+OK Hello there.");
        while (await HearAsync(stream) is { } command)
        {
            if (command.StartsWith("PASS ", StringComparison.Ordinal))
                return command;
            await SayAsync(stream, command == "CAPA" ? "+OK\r\nTOP\r\nUSER\r\nPIPELINING\r\nUIDL\r\n." : "+OK");
        }

        return null;
    }
}
