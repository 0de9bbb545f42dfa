using System.Net;
using MailOps.Wire;

namespace MailOps.Client.Migration;

/// <summary>How a mailbox is opened.</summary>
public sealed record MailboxEndOptions
{
    /// <summary>The login, for a mailbox on a server.</summary>
    public NetworkCredential? Credential { get; init; }

    /// <summary>Whose mailbox it is where the login is an administrator's; null for the login's own.</summary>
    public string? AuthorizationId { get; init; }

    /// <summary>Access tokens for the account that the address names, in the place of a login; null for none.</summary>
    public Mailboxes.AccessTokens? Tokens { get; init; }

    /// <summary>True to go on whatever the server's certificate.</summary>
    public bool SkipCertificateCheck { get; init; }

    /// <summary>What the server's certificate is known by, any of them; nothing else decides then. Needs TLS.</summary>
    public IReadOnlyList<CertificatePin> CertificatePins { get; init; } = [];

    /// <summary>How long a server may be silent.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>When connections to an IMAP server are compressed.</summary>
    public Mailboxes.ImapCompression Compression { get; init; }

    /// <summary>Search keys of IMAP (RFC 9051 section 6.4.4) that messages must match to be listed; null for all, and for mailboxes of other kinds.</summary>
    public string? Query { get; init; }

    /// <summary>What becomes of the labels of a Gmail account that is read. One that is written to has its folders as they are.</summary>
    public GmailLabels GmailLabels { get; init; }

    /// <summary>True for the target of a copy: files that are not there are made.</summary>
    public bool IsMade { get; init; }

    /// <summary>The dialect of mbox files; null to find out what there is, and to write <see cref="Mboxes.MboxDialect.Mboxrd"/>.</summary>
    public Mboxes.MboxDialect? MboxDialect { get; init; }
}
