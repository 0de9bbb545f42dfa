using MailOps.Maildir.Access;
using MailOps.Maildir.Annotations;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders;
using MailOps.Maildir.Names;
using MailOps.Maildir.Watching;

namespace MailOps.Maildir;

/// <summary>
/// All that one user sees: his own mailboxes; below <c>user/ACCOUNT/</c> those that others share with him; below <c>Public/</c> those that
/// nobody owns. Each account is opened with the user as its visitor, so that no call does more than his rights allow.
/// </summary>
/// <remarks>
/// Who has a mailbox of his own called <c>user</c> or <c>Public</c>, or one below such a name, keeps it: he has not that namespace
/// until it is renamed.
/// </remarks>
internal sealed class UserMailboxes(MaildirStore store, string user) : IMailAccount
{
    // A change within a tick of the kernel's clock leaves a directory's time as it is.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private readonly MaildirAccount _own = store.Open(user, new Visitor(user, IsOwner: true, "") { Session = new object() })!;
    private (FileFacts Facts, bool HasUser, bool HasPublic)? _known;

    public string Name => user;

    public MailNamespaces Namespaces => new(
        HasOwn(MailNamespaces.OthersPrefix) ? null : MailNamespaces.OthersPrefix,
        HasOwn(MailNamespaces.PublicPrefix) ? null : MailNamespaces.PublicPrefix);

    public bool IsOthers(string mailbox) => Route(mailbox) is not { IsOwn: true };

    public string? RuleAgainst(string mailbox) =>
        Route(mailbox) is { } place ? place.Account.RuleAgainst(place.Mailbox) : "belongs to the mailboxes that others share, or that are public";

    public async ValueTask<IReadOnlyList<MailboxInfo>> ListAsync(CancellationToken cancel)
    {
        var names = _own.ListVisible().ToList();
        var (hasUser, hasPublic) = (Has(names, MailNamespaces.OthersPrefix), Has(names, MailNamespaces.PublicPrefix));
        foreach (var owner in hasUser ? [] : await OwnersAsync(cancel))
            Add(owner, PrefixOf(owner));

        if (!hasPublic)
            Add("", MailNamespaces.PublicPrefix);
        return MailboxInfo.WithParents(names);

        void Add(string owner, string prefix)
        {
            try
            {
                if (Visit(owner) is { } account)
                    names.AddRange(account.ListVisible().Select(mailbox => prefix + mailbox));
            }
            catch (MailStoreException)
            {
                // A directory that cannot be read hides nobody else's.
            }
        }
    }

    public ValueTask<IReadOnlyList<string>> ListSubscribedAsync(CancellationToken cancel) => _own.ListSubscribedAsync(cancel);

    public ValueTask SetSubscribedAsync(string mailbox, bool subscribed, CancellationToken cancel) => _own.SetSubscribedAsync(NormalOf(mailbox), subscribed, cancel);

    public ValueTask<MailboxOutcome> CreateAsync(string mailbox, CancellationToken cancel)
    {
        var name = mailbox.EndsWith(MailboxName.Separator) ? mailbox[..^1] : mailbox;
        return Route(name) is { } place ? place.Account.CreateAsync(place.Mailbox, cancel) : new(IsReserved(name) && !HasOwner(name) ? MailboxOutcome.InvalidName : MailboxOutcome.NonExistent);
    }

    public ValueTask<MailboxOutcome> DeleteAsync(string mailbox, CancellationToken cancel) =>
        Route(mailbox) is { } place ? place.Account.DeleteAsync(place.Mailbox, cancel) : new(MailboxOutcome.NonExistent);

    public async ValueTask<MailboxOutcome> RenameAsync(string mailbox, string newName, CancellationToken cancel)
    {
        if (Route(mailbox) is not { } from)
            return MailboxOutcome.NonExistent;
        if (Route(newName) is { } to && to.Account.Name == from.Account.Name)
            return await from.Account.RenameAsync(from.Mailbox, to.Mailbox, cancel);

        // Whose it is, and who pays for it, does not change by a name. Whether it is there is not told on the way.
        var rights = await from.Account.GetRightsAsync(from.Mailbox, cancel);
        return rights is null || (rights & (MailboxRights.Lookup | MailboxRights.DeleteMailbox)) == MailboxRights.None ? MailboxOutcome.NonExistent : MailboxOutcome.OtherOwner;
    }

    public ValueTask<MailboxStatus?> StatusAsync(string mailbox, CancellationToken cancel) =>
        Route(mailbox) is { } place ? place.Account.StatusAsync(place.Mailbox, cancel) : default;

    public ValueTask<IMailbox?> OpenAsync(string mailbox, bool readOnly, CancellationToken cancel) =>
        Route(mailbox) is { } place ? place.Account.OpenAsync(place.Mailbox, readOnly, FindTarget, cancel) : default;

    public ValueTask<IReadOnlyList<AppendedMessage>?> AppendAsync(string mailbox, IReadOnlyList<MessageToAppend> messages, CancellationToken cancel) =>
        Route(mailbox) is { } place ? place.Account.AppendAsync(place.Mailbox, messages, cancel) : default;

    public ValueTask<IReadOnlyList<AppendedMessage>?> ReplaceAsync(string mailbox, MessageToAppend message, IMailbox view, MailboxMessage replaced, CancellationToken cancel) =>
        Route(mailbox) is { } place ? place.Account.ReplaceAsync(place.Mailbox, message, view, replaced, cancel) : default;

    public ValueTask<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>?> GetAnnotationsAsync(string? mailbox, CancellationToken cancel) =>
        mailbox is null ? _own.GetAnnotationsAsync(null, cancel)
        : Route(mailbox) is { } place ? place.Account.GetAnnotationsAsync(place.Mailbox, cancel)
        : default;

    public ValueTask<AnnotationOutcome> SetAnnotationsAsync(string? mailbox, IReadOnlyDictionary<string, ReadOnlyMemory<byte>?> changes, CancellationToken cancel) =>
        mailbox is null ? _own.SetAnnotationsAsync(null, changes, cancel)
        : Route(mailbox) is { } place ? place.Account.SetAnnotationsAsync(place.Mailbox, changes, cancel)
        : new(AnnotationOutcome.NonExistent);

    public async ValueTask<IAccountWatch> WatchAsync(CancellationToken cancel)
    {
        var watch = new UserWatch(await _own.WatchAsync(cancel), store.Environment.Watches, VisitedAsync);
        try
        {
            await watch.BeginAsync(cancel);
            return watch;
        }
        catch
        {
            watch.Dispose();
            throw;
        }
    }

    public ValueTask<MailQuotaUsage?> GetQuotaAsync(CancellationToken cancel) => _own.GetQuotaAsync(cancel);

    public async ValueTask<(string Owner, MailQuotaUsage Usage)?> GetQuotaOfAsync(string mailbox, CancellationToken cancel)
    {
        // A name that could be one of his own is under his own root, whether it is there or not.
        if (Route(mailbox) is not { } place || (!place.IsOwn && (await place.Account.GetRightsAsync(place.Mailbox, cancel))?.HasFlag(MailboxRights.Read) != true))
            return null;
        return await place.Account.GetQuotaAsync(cancel) is { } usage ? (place.Account.Name, usage) : null;
    }

    public ValueTask<MailboxRights?> GetRightsAsync(string mailbox, CancellationToken cancel) =>
        RouteToAccess(mailbox) is { } place ? place.Account.GetRightsAsync(place.Mailbox, cancel) : default;

    public ValueTask<MailboxAccess?> GetAccessAsync(string mailbox, CancellationToken cancel) =>
        RouteToAccess(mailbox) is { } place ? place.Account.GetAccessAsync(place.Mailbox, cancel) : default;

    public ValueTask<AccessOutcome> SetAccessAsync(string mailbox, AccessChange change, CancellationToken cancel) =>
        RouteToAccess(mailbox) is { } place ? place.Account.SetAccessAsync(place.Mailbox, change, cancel) : new(AccessOutcome.NonExistent);

    /// <summary>What the names of an account's mailboxes begin with for others. A slash in its own name, which separates levels, is encoded.</summary>
    internal static string PrefixOf(string owner) =>
        MailNamespaces.OthersPrefix + owner.Replace("%", "%25", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal) + MailboxName.Separator;

    private static bool Has(IEnumerable<string> names, string prefix) => names.Any(name => IsWithin(name, prefix));

    private static bool IsReserved(string name) => IsWithin(name, MailNamespaces.OthersPrefix) || IsWithin(name, MailNamespaces.PublicPrefix);

    // Whether there is such an account is not told.
    private static bool HasOwner(string name) =>
        name.StartsWith(MailNamespaces.OthersPrefix, StringComparison.Ordinal) && name.IndexOf(MailboxName.Separator, MailNamespaces.OthersPrefix.Length) > 0;

    private static bool IsWithin(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal) || (name.Length == prefix.Length - 1 && prefix.StartsWith(name, StringComparison.Ordinal));

    // All mailboxes lie in the account's directory, whose time tells whether there are others.
    private bool HasOwn(string prefix)
    {
        var facts = store.Environment.Disk.Stat(_own.DirectoryPath) ?? default;
        if (_known is not { } known || known.Facts != facts)
        {
            var names = _own.ListVisible().ToList();
            known = (facts, Has(names, MailNamespaces.OthersPrefix), Has(names, MailNamespaces.PublicPrefix));
            _known = DateTimeOffset.UtcNow - facts.Modified >= Tick ? known : null;
        }

        return prefix == MailNamespaces.OthersPrefix ? known.HasUser : known.HasPublic;
    }

    // Where the index can neither be read nor made, his own mailboxes are there all the same.
    private async ValueTask<IReadOnlyList<string>> OwnersAsync(CancellationToken cancel)
    {
        try
        {
            return store.Sharing is { } sharing ? await sharing.OwnersFor(user, cancel) : [];
        }
        catch (MailStoreException)
        {
            return [];
        }
    }

    private MailboxTarget? FindTarget(string mailbox) => Route(mailbox) is { } place ? place.Account.FindTarget(place.Mailbox) : null;

    private MaildirAccount? Visit(string owner) =>
        store.Open(owner, new Visitor(user, IsOwner: false, owner.Length == 0 ? MailNamespaces.PublicPrefix : PrefixOf(owner)) { Session = _own.Origin });

    // The accounts that ListAsync shows mailboxes of.
    private async ValueTask<IReadOnlyList<(string Prefix, MaildirAccount Account)>> VisitedAsync(CancellationToken cancel)
    {
        var found = new List<(string Prefix, MaildirAccount Account)>();
        if (!HasOwn(MailNamespaces.OthersPrefix) && store.Sharing is { } sharing)
        {
            foreach (var owner in await sharing.OwnersFor(user, cancel))
            {
                if (Visit(owner) is { } account)
                    found.Add((PrefixOf(owner), account));
            }
        }

        if (!HasOwn(MailNamespaces.PublicPrefix) && Visit("") is { } shared)
            found.Add((MailNamespaces.PublicPrefix, shared));
        return found;
    }

    // INBOX in capitals, where it is one of his own or another's.
    private string NormalOf(string mailbox) =>
        Route(mailbox) is { IsOwn: false } place && place.Mailbox.Equals(MailboxName.Inbox, StringComparison.OrdinalIgnoreCase)
            ? mailbox[..^MailboxName.Inbox.Length] + MailboxName.Inbox
            : mailbox;

    // The root of public mailboxes has rights, and is otherwise only a name.
    private Place? RouteToAccess(string mailbox) =>
        mailbox == MailNamespaces.PublicPrefix[..^1] && !HasOwn(MailNamespaces.PublicPrefix)
            ? Visit("") is { } root ? new Place(root, "", IsOwn: false) : null
            : Route(mailbox);

    private Place? Route(string mailbox)
    {
        if (IsWithin(mailbox, MailNamespaces.OthersPrefix) && !HasOwn(MailNamespaces.OthersPrefix))
            return RouteToOther(mailbox);
        if (IsWithin(mailbox, MailNamespaces.PublicPrefix) && !HasOwn(MailNamespaces.PublicPrefix))
        {
            return mailbox.Length > MailNamespaces.PublicPrefix.Length && Visit("") is { } account
                ? new Place(account, mailbox[MailNamespaces.PublicPrefix.Length..], IsOwn: false)
                : null;
        }

        return new Place(_own, mailbox, IsOwn: true);
    }

    private Place? RouteToOther(string mailbox)
    {
        var start = MailNamespaces.OthersPrefix.Length;
        var end = mailbox.Length > start ? mailbox.IndexOf(MailboxName.Separator, start) : -1;
        if (end < 0 || end == mailbox.Length - 1)
            return null;
        var owner = mailbox[start..end].Replace("%2F", "/", StringComparison.Ordinal).Replace("%25", "%", StringComparison.Ordinal);

        // One spelling of each name; his own have theirs already.
        if (owner == user || PrefixOf(owner) != mailbox[..(end + 1)] || !AccountPath.TryToDirectory(owner, out _) || Visit(owner) is not { } account)
            return null;
        return new Place(account, mailbox[(end + 1)..], IsOwn: false);
    }

    private sealed record Place(MaildirAccount Account, string Mailbox, bool IsOwn);
}
