using MailOps.Maildir.Access;
using MailOps.Maildir.Annotations;
using MailOps.Maildir.Watching;

namespace MailOps.Maildir;

/// <summary>The mailboxes of one account, as one session has them open.</summary>
public interface IMailAccount
{
    /// <summary>The account's canonical name.</summary>
    string Name { get; }

    /// <summary>The rule that a mailbox's name breaks, as the end of a sentence that begins with the name ("has an empty level"); null for a name that a mailbox can have.</summary>
    string? RuleAgainst(string mailbox) => null;

    /// <summary>All mailboxes that exist or are parents of one that exists, INBOX first, then in the order of their names.</summary>
    ValueTask<IReadOnlyList<MailboxInfo>> ListAsync(CancellationToken cancel);

    /// <summary>The subscribed names, whether they exist or not (RFC 3501 section 6.3.9).</summary>
    ValueTask<IReadOnlyList<string>> ListSubscribedAsync(CancellationToken cancel);

    /// <summary>Subscribes a name or takes the subscription off.</summary>
    ValueTask SetSubscribedAsync(string mailbox, bool subscribed, CancellationToken cancel);

    /// <summary>Makes a mailbox.</summary>
    ValueTask<MailboxOutcome> CreateAsync(string mailbox, CancellationToken cancel);

    /// <summary>Deletes a mailbox with its messages. INBOX cannot be deleted; children of the mailbox stay.</summary>
    ValueTask<MailboxOutcome> DeleteAsync(string mailbox, CancellationToken cancel);

    /// <summary>Renames a mailbox and its children. Renaming INBOX moves its messages (RFC 3501 section 6.3.5).</summary>
    ValueTask<MailboxOutcome> RenameAsync(string mailbox, string newName, CancellationToken cancel);

    /// <summary>Counts of a mailbox without opening it for a session, or null if it does not exist.</summary>
    ValueTask<MailboxStatus?> StatusAsync(string mailbox, CancellationToken cancel);

    /// <summary>Opens a mailbox for a session, or returns null if it does not exist.</summary>
    /// <param name="mailbox">The name; INBOX always exists.</param>
    /// <param name="readOnly">EXAMINE: nothing is changed, no message loses \Recent.</param>
    /// <param name="cancel">Ends the wait.</param>
    ValueTask<IMailbox?> OpenAsync(string mailbox, bool readOnly, CancellationToken cancel);

    /// <summary>Makes a delivery durable in one mailbox with flags and a date, and tells its UID (APPEND with UIDPLUS).</summary>
    /// <returns>Null if the mailbox does not exist; nothing is delivered then.</returns>
    async ValueTask<AppendedMessage?> AppendAsync(string mailbox, IDelivery message, MessageFlagSet flags, DateTimeOffset? internalDate, CancellationToken cancel) =>
        await AppendAsync(mailbox, [new MessageToAppend(message, flags, internalDate)], cancel) is [var appended] ? appended : null;

    /// <summary>
    /// Makes several deliveries durable in one mailbox, all or none (MULTIAPPEND, RFC 3502). Their UIDs follow one another, whatever other
    /// programs do at the same time. Also of a call that the end of the process or a cut of the power ends, all are there or none.
    /// </summary>
    /// <returns>What each became, in their order; null if the mailbox does not exist: nothing is delivered then.</returns>
    ValueTask<IReadOnlyList<AppendedMessage>?> AppendAsync(string mailbox, IReadOnlyList<MessageToAppend> messages, CancellationToken cancel);

    /// <summary>
    /// Makes a delivery durable in a mailbox, and then removes a message of a mailbox that is open (REPLACE, RFC 8508): whoever looks by this
    /// process sees the one or the other. A process that ends between the two leaves both.
    /// </summary>
    /// <param name="mailbox">Where the delivery comes.</param>
    /// <param name="message">The delivery.</param>
    /// <param name="view">The mailbox that is open.</param>
    /// <param name="replaced">Its message that goes.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>What it became; empty if the message to replace is gone; null if the mailbox does not exist: nothing is delivered then.</returns>
    ValueTask<IReadOnlyList<AppendedMessage>?> ReplaceAsync(string mailbox, MessageToAppend message, IMailbox view, MailboxMessage replaced, CancellationToken cancel);

    /// <summary>What clients wrote to a mailbox, or to the account (METADATA, RFC 5464).</summary>
    /// <param name="mailbox">The mailbox, or null for the account.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The values by the names of their entries, which are in small letters; null if there is no such mailbox.</returns>
    ValueTask<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>?> GetAnnotationsAsync(string? mailbox, CancellationToken cancel);

    /// <summary>Sets entries, and removes those whose value is null: all or none, durably. They go with the mailbox when it is renamed or deleted.</summary>
    /// <param name="mailbox">The mailbox, or null for the account.</param>
    /// <param name="changes">The values by the names of their entries, which are in small letters and have no tab or line end.</param>
    /// <param name="cancel">Ends the wait.</param>
    ValueTask<AnnotationOutcome> SetAnnotationsAsync(string? mailbox, IReadOnlyDictionary<string, ReadOnlyMemory<byte>?> changes, CancellationToken cancel);

    /// <summary>Watches all mailboxes of the account. What is done to them through this object is not told.</summary>
    /// <exception cref="MailStoreException">The account cannot be looked at.</exception>
    ValueTask<IAccountWatch> WatchAsync(CancellationToken cancel);

    /// <summary>What the account holds and may hold; null if it has no quota.</summary>
    ValueTask<MailQuotaUsage?> GetQuotaAsync(CancellationToken cancel) => new((MailQuotaUsage?)null);

    /// <summary>The account that a mailbox's messages count to, with what it holds and may hold; null if it has no quota.</summary>
    async ValueTask<(string Owner, MailQuotaUsage Usage)?> GetQuotaOfAsync(string mailbox, CancellationToken cancel) =>
        await GetQuotaAsync(cancel) is { } usage ? (Name, usage) : null;

    /// <summary>The namespaces of what others own (RFC 2342); none where nobody's rights count.</summary>
    MailNamespaces Namespaces => MailNamespaces.None;

    /// <summary>True of a name that lies outside the account's own mailboxes.</summary>
    bool IsOthers(string mailbox) => false;

    /// <summary>
    /// The rights of who has the account open (RFC 4314) on a mailbox, which may be none; null if there is no such mailbox. Who lacks
    /// <see cref="MailboxRights.Lookup"/> is not to know the difference.
    /// </summary>
    async ValueTask<MailboxRights?> GetRightsAsync(string mailbox, CancellationToken cancel) =>
        (await ListAsync(cancel)).Any(info => info.Exists && info.Name == mailbox) ? MailboxRights.All : null;

    /// <summary>Who has which rights on a mailbox; null if there is no such mailbox, or who asks does not administer it.</summary>
    ValueTask<MailboxAccess?> GetAccessAsync(string mailbox, CancellationToken cancel) => new((MailboxAccess?)null);

    /// <summary>Changes who has which rights on a mailbox, durably. Sessions that have it open hear of it.</summary>
    ValueTask<AccessOutcome> SetAccessAsync(string mailbox, AccessChange change, CancellationToken cancel) => new(AccessOutcome.NonExistent);
}
