using MailOps.Wire;

namespace MailOps.Client.Migration;

/// <summary>How the address of a mailbox can begin.</summary>
/// <param name="Name">What stands before the colon, in lower case.</param>
/// <param name="Kind">The kind of mailbox.</param>
/// <param name="Tls">When the connection is secured; null where there is none.</param>
/// <param name="Port">The usual port; null where there is none.</param>
/// <param name="Description">What it means, in a few words.</param>
public sealed record MailboxScheme(string Name, MailboxKind Kind, TlsMode? Tls, int? Port, string Description)
{
    /// <summary>All that there are.</summary>
    public static IReadOnlyList<MailboxScheme> All { get; } =
    [
        new("imaps", MailboxKind.Imap, TlsMode.Implicit, 993, "IMAP under TLS from the start"),
        new("imap", MailboxKind.Imap, TlsMode.StartTls, 143, "IMAP with STARTTLS, which the server must offer"),
        new("imap+plain", MailboxKind.Imap, TlsMode.None, 143, "IMAP without TLS"),
        new("pop3s", MailboxKind.Pop3, TlsMode.Implicit, 995, "POP3 under TLS from the start"),
        new("pop3", MailboxKind.Pop3, TlsMode.StartTls, 110, "POP3 with STLS, which the server must offer"),
        new("pop3+plain", MailboxKind.Pop3, TlsMode.None, 110, "POP3 without TLS"),
        new("maildir", MailboxKind.Maildir, null, null, "a Maildir"),
        new("mbox", MailboxKind.Mbox, null, null, "a file of messages, or a folder of such files"),
        new("eml", MailboxKind.Eml, null, null, "a folder of files with a message each"),
    ];

    /// <summary>With the colon, and for servers the slashes: <c>imaps://</c>, <c>maildir:</c>.</summary>
    public string Prefix => Port is null ? Name + ":" : Name + "://";

    /// <summary>The one of a name in any case, or null.</summary>
    internal static MailboxScheme? Find(string name) => All.FirstOrDefault(scheme => scheme.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
