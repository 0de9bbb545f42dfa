using MailOps.Tests.Support;

namespace MailOps.Interop.Tests.Migration;

/// <summary>Courier's IMAP server.</summary>
internal sealed class CourierServer() : PrivateCourier(
    "/opt/courier-imap/usr/bin/imapd",
    "courier-imap is not unpacked, and cannot be installed beside dovecot-imapd: apt-get download courier-imap && dpkg-deb -x courier-imap_*.deb /opt/courier-imap")
{
    private const string Capabilities = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE";

    protected override IReadOnlyDictionary<string, string> Told => new Dictionary<string, string>(base.Told, StringComparer.Ordinal)
    {
        ["IMAP_CAPABILITY"] = Capabilities, ["IMAP_KEYWORDS"] = "1", ["IMAP_MAILBOX_SANITY_CHECK"] = "0",
    };

    protected override async Task<string?> LogInAsync(Stream stream)
    {
        await SayAsync(stream, $"* OK [CAPABILITY {Capabilities} AUTH=PLAIN] Courier-IMAP ready.");
        while (await HearAsync(stream) is { } line)
        {
            var words = line.Split(' ');
            switch (words.Length < 2 ? "" : words[1].ToUpperInvariant())
            {
                case "":
                    break;
                case "LOGIN":
                    return words[0];
                case "AUTHENTICATE":
                    if (words.Length == 3)
                    {
                        await SayAsync(stream, "+ ");
                        await HearAsync(stream);
                    }

                    return words[0];
                case "CAPABILITY":
                    await SayAsync(stream, $"* CAPABILITY {Capabilities} AUTH=PLAIN");
                    goto default;
                default:
                    await SayAsync(stream, $"{words[0]} OK done");
                    break;
            }
        }

        return null;
    }

    // Its own greeting says that somebody is logged in; what the client waits for is the answer to its login.
    protected override async Task BeginAsync(Stream courier, Stream stream, string login)
    {
        await HearAsync(courier);
        await SayAsync(stream, $"{login} OK [CAPABILITY {Capabilities}] LOGIN Ok.");
    }
}
