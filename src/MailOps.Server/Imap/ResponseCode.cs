using System.Globalization;
using System.Text;
using MailOps.Maildir;
using MailOps.Server.Connections;

namespace MailOps.Server.Imap;

/// <summary>What stands in brackets in a status response (RFC 3501 section 7.1, RFC 5530).</summary>
internal readonly record struct ResponseCode(string Text)
{
    public static ResponseCode TryCreate { get; } = new("TRYCREATE");

    public static ResponseCode ReadOnly { get; } = new("READ-ONLY");

    public static ResponseCode ReadWrite { get; } = new("READ-WRITE");

    public static ResponseCode AlreadyExists { get; } = new("ALREADYEXISTS");

    public static ResponseCode NonExistent { get; } = new("NONEXISTENT");

    public static ResponseCode Cannot { get; } = new("CANNOT");

    public static ResponseCode PrivacyRequired { get; } = new("PRIVACYREQUIRED");

    public static ResponseCode AuthenticationFailed { get; } = new("AUTHENTICATIONFAILED");

    public static ResponseCode AuthorizationFailed { get; } = new("AUTHORIZATIONFAILED");

    public static ResponseCode Unavailable { get; } = new("UNAVAILABLE");

    /// <summary>RFC 5530.</summary>
    public static ResponseCode NoPermission { get; } = new("NOPERM");

    /// <summary>RFC 6154 section 5.3.</summary>
    public static ResponseCode UseAttr { get; } = new("USEATTR");

    /// <summary>RFC 5464 section 4.3.</summary>
    public static ResponseCode MetadataTooMany { get; } = new("METADATA TOOMANY");

    /// <summary>RFC 5464 section 4.3.</summary>
    public static ResponseCode MetadataNoPrivate { get; } = new("METADATA NOPRIVATE");

    public static ResponseCode OverQuota { get; } = new("OVERQUOTA");

    /// <summary>RFC 5530.</summary>
    public static ResponseCode Limit { get; } = new("LIMIT");

    public static ResponseCode ServerBug { get; } = new("SERVERBUG");

    public static ResponseCode ExpungeIssued { get; } = new("EXPUNGEISSUED");

    public static ResponseCode ClientBug { get; } = new("CLIENTBUG");

    /// <summary>RFC 4469 section 4.2, RFC 7889.</summary>
    public static ResponseCode TooBig { get; } = new("TOOBIG");

    /// <summary>RFC 4469 section 4.1. What no response code can hold is percent-encoded.</summary>
    public static ResponseCode BadUrl(string url) => new("BADURL " + string.Concat(Encoding.UTF8.GetBytes(url).Select(octet =>
        octet is > (byte)' ' and < 127 and not (byte)']' ? ((char)octet).ToString() : string.Create(CultureInfo.InvariantCulture, $"%{octet:X2}"))));

    /// <summary>RFC 3516 section 4.3.</summary>
    public static ResponseCode UnknownCte { get; } = new("UNKNOWN-CTE");

    /// <summary>RFC 9738 section 3: what the limit is, and the lowest UID that the command got to; null if it did nothing.</summary>
    public static ResponseCode MessageLimit(int limit, uint? lowest) =>
        new(lowest is { } uid ? string.Create(CultureInfo.InvariantCulture, $"MESSAGELIMIT {limit} {uid}") : string.Create(CultureInfo.InvariantCulture, $"MESSAGELIMIT {limit}"));

    /// <summary>RFC 9586 section 3: a client that has done without sequence numbers uses them.</summary>
    public static ResponseCode UidRequired { get; } = new("UIDREQUIRED");

    /// <summary>RFC 3501 section 6.4.4.</summary>
    public static ResponseCode BadCharset { get; } = new("BADCHARSET (US-ASCII UTF-8)");

    /// <summary>RFC 5267 section 4.3.1: changes of a search are not told. Its tag, which has no octet that a quoted string could not hold.</summary>
    public static ResponseCode NoUpdate(string tag) => new($"NOUPDATE \"{tag}\"");

    /// <summary>RFC 5465 section 3.1: one of the events is not among these.</summary>
    public static ResponseCode BadEvent { get; } = new("BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange)");

    /// <summary>RFC 5465 sections 3.1 and 5.8.</summary>
    public static ResponseCode NotificationOverflow { get; } = new("NOTIFICATIONOVERFLOW");

    /// <summary>RFC 7162 section 3.1.2.2: the mailbox keeps no mod-sequences.</summary>
    public static ResponseCode NoModSeq { get; } = new("NOMODSEQ");

    /// <summary>RFC 7162 section 3.2.11: what was said before is of the mailbox that was left.</summary>
    public static ResponseCode Closed { get; } = new("CLOSED");

    /// <summary>RFC 7162 section 3.1.2.1.</summary>
    public static ResponseCode HighestModSeq(ulong modSeq) => new(string.Create(CultureInfo.InvariantCulture, $"HIGHESTMODSEQ {modSeq}"));

    /// <summary>RFC 7162 section 3.1.3: sequence numbers, or UIDs after UID STORE.</summary>
    public static ResponseCode Modified(IReadOnlyList<uint> numbers) => new($"MODIFIED {UidSet.Format(numbers)}");

    /// <summary>RFC 8474 section 4.</summary>
    public static ResponseCode MailboxId(string guid) => new($"MAILBOXID ({ObjectId.OfMailbox(guid)})");

    /// <summary>RFC 4315 section 3: the UIDs in the order of the messages.</summary>
    public static ResponseCode AppendUid(IReadOnlyList<AppendedMessage> appended, ServerConnection connection) =>
        new(string.Create(CultureInfo.InvariantCulture, $"APPENDUID {connection.ShownUidValidity(appended[0].UidValidity)} {UidSet.Format([.. appended.Select(one => one.Uid)])}"));

    /// <summary>RFC 4315 section 3.</summary>
    public static ResponseCode CopyUid(CopiedMessages copied, ServerConnection connection) =>
        new(string.Create(CultureInfo.InvariantCulture, $"COPYUID {connection.ShownUidValidity(copied.UidValidity)} {UidSet.Format(copied.SourceUids)} {UidSet.Format(copied.TargetUids)}"));
}
