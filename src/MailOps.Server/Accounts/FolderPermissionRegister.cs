using MailOps.Maildir;
using MailOps.Maildir.Access;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Names;

namespace MailOps.Server.Accounts;

/// <summary>
/// Who may do what with the folders of a store (RFC 4314), for those who administer it. Nobody's rights count here. Every change is durable
/// when the call returns, and a running server obeys it with the next command.
/// </summary>
public sealed class FolderPermissionRegister : IAsyncDisposable
{
    private readonly string _storePath;
    private readonly MaildirStore _store;

    /// <summary>The folders of a store.</summary>
    /// <param name="storePath">The store's folder, as an absolute path.</param>
    /// <exception cref="AccountException">There is no such store.</exception>
    /// <exception cref="MailStoreException">It cannot be opened.</exception>
    public FolderPermissionRegister(string storePath)
    {
        _storePath = Path.GetFullPath(storePath);
        if (!Directory.Exists(_storePath))
            throw new AccountException(AccountFault.StoreNotFound, $"There is no mail store at '{_storePath}'. New-MailAccount or Start-MailServer makes one.");

        // What root makes here belongs to who has the store: a server that runs as somebody else has to read it.
        IMaildirDisk disk = OperatingSystem.IsLinux() ? new LinuxDisk() : new PortableDisk();
        _store = new MaildirStore(_storePath, new MaildirStoreOptions(), OwnersDisk.Wrap(disk, _storePath));
    }

    /// <summary>The permissions of folders.</summary>
    /// <param name="account">The account; empty for the public folders.</param>
    /// <param name="isMeant">Which folders are meant, by their names.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="AccountException">There is no such account.</exception>
    public async Task<IReadOnlyList<FolderPermissionRecord>> ListAsync(string account, Predicate<string> isMeant, CancellationToken cancel)
    {
        var (opened, owner) = await OpenAsync(account, cancel);
        var permissions = new List<FolderPermissionRecord>();
        var names = (await opened.ListAsync(cancel)).Where(mailbox => mailbox.Exists).Select(mailbox => mailbox.Name);
        foreach (var mailbox in owner.Length == 0 ? names.Prepend("") : names)
        {
            var folder = NameOf(owner, mailbox);
            if (isMeant(folder) && await opened.GetAccessAsync(mailbox, cancel) is { } access)
                permissions.AddRange(access.Entries.SelectMany(entry => RecordsOf(owner, folder, entry)));
        }

        return permissions;
    }

    /// <summary>Changes what a user may do with a folder, or takes it out of the list.</summary>
    /// <param name="account">The account that the folder lies in; empty for a public folder.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="user">An account, <c>anyone</c>, <c>authenticated</c> or <c>owner</c>.</param>
    /// <param name="isDeny">True if it is about rights that are taken, whatever grants them.</param>
    /// <param name="kind">How.</param>
    /// <param name="rights">Letters of RFC 4314.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>What the list says of the user now; null if nothing.</returns>
    /// <exception cref="AccountException">There is no such account, folder or permission, or no such right or user can be.</exception>
    public async Task<FolderPermissionRecord?> ChangeAsync(string account, string folder, string user, bool isDeny, AccessChangeKind kind, string rights, CancellationToken cancel)
    {
        var identifier = IdentifierOf(user);
        if (RightsText.Parse(rights, out var parsed) is { } wrong)
            throw new AccountException(AccountFault.InvalidRights, $"'{wrong}' is no right. Rights are some of the letters {RightsText.Letters} (RFC 4314): l lists, r reads, s marks as seen, w flags, i appends, p posts, k makes folders below, x deletes the folder, t marks messages as deleted, e expunges, a administers; c stands for kx and d for te.");
        var (opened, owner) = await OpenAsync(account, cancel);
        var mailbox = MailboxOf(owner, folder);
        if (kind == AccessChangeKind.Delete && await FindAsync(opened, owner, mailbox, identifier, isDeny, cancel) is null)
            throw new AccountException(AccountFault.PermissionNotFound, $"The list of '{folder}' says nothing of what '{user}' {(isDeny ? "may not" : "may")} do. Get-MailFolderPermission shows what it says.");
        switch (await opened.SetAccessAsync(mailbox, new AccessChange(identifier, isDeny, kind, parsed), cancel))
        {
            case AccessOutcome.Done:
                return await FindAsync(opened, owner, mailbox, identifier, isDeny, cancel);
            case AccessOutcome.NoOwner:
                throw new AccountException(AccountFault.InvalidName, "Public folders have no owner. Name an account, anyone or authenticated.");
            case AccessOutcome.TooMany:
                throw new AccountException(AccountFault.TooManyPermissions, FormattableString.Invariant($"The list of '{folder}' has {AccessList.MostEntries} entries, or its account shares its folders with {SharingIndex.MostOfOwner} others, and no more than that can be. Remove some, or use anyone."));
            case AccessOutcome.Damaged:
                throw new AccountException(AccountFault.PermissionsDamaged, FormattableString.Invariant($"Line {(await opened.GetAccessAsync(mailbox, cancel))?.DamagedLine} of the list of '{folder}' ({AccessList.FileName} in its directory) cannot be read, so that nobody but the owner has any right. Mend or remove it first."));
            default:
                throw NoFolder(owner, folder);
        }
    }

    /// <summary>Before a user's mail is deleted: takes him out of the lists of all folders but his own, since who is given the name later is somebody else.</summary>
    /// <param name="user">The account.</param>
    /// <param name="cancel">Ends the wait. What was done stays done.</param>
    /// <exception cref="AccountException">A list that may name the user cannot be read. He is taken out of all others.</exception>
    public async Task ForgetAsync(string user, CancellationToken cancel)
    {
        var identifier = AccessIdentifier.User(AccountRegister.CanonicalName(user));
        string? damaged = null;
        foreach (var owner in Owners().Where(owner => owner != identifier.Name))
        {
            if (_store.Open(owner, visitor: null) is not { } account)
                continue;
            var names = (await account.ListAsync(cancel)).Where(mailbox => mailbox.Exists).Select(mailbox => mailbox.Name);
            foreach (var mailbox in owner.Length == 0 ? names.Prepend("") : names)
            {
                if (await account.GetAccessAsync(mailbox, cancel) is not { } access)
                    continue;
                var entry = access.Entries.FirstOrDefault(entry => entry.Identifier == identifier);
                foreach (var isDeny in new[] { false, true }.Where(isDeny => (isDeny ? entry?.Denied : entry?.Granted) is not null))
                    await account.SetAccessAsync(mailbox, new AccessChange(identifier, isDeny, AccessChangeKind.Delete, MailboxRights.None), cancel);
                if (access.DamagedLine > 0)
                    damaged ??= $"'{NameOf(owner, mailbox)}' {(owner.Length == 0 ? "" : $"of '{owner}' ")}";
            }
        }

        if (damaged is not null)
            throw new AccountException(AccountFault.PermissionsDamaged, $"The list of {damaged.TrimEnd()} ({AccessList.FileName} in its directory) has a line that cannot be read, and may name '{identifier.Name}'. Mend or remove it first.");

        // His own folders go with his mail: those who see them need not look for them any more.
        if (_store.Sharing is { } sharing)
            await sharing.ReplaceAsync(identifier.Name!, [], cancel);
    }

    /// <summary>Closes the store.</summary>
    public ValueTask DisposeAsync() => _store.DisposeAsync();

    // The public folders, and all accounts that have mail.
    private IEnumerable<string> Owners()
    {
        yield return "";
        foreach (var path in Directory.GetDirectories(Path.Join(_storePath, "mail"), "*", SearchOption.TopDirectoryOnly).SelectMany(Directory.GetDirectories).Order(StringComparer.Ordinal))
        {
            if (AccountPath.TryFromDirectory(Path.GetFileName(Path.GetDirectoryName(path)!), Path.GetFileName(path), out var account))
                yield return account;
        }
    }

    private static AccessIdentifier IdentifierOf(string user) => user.ToLowerInvariant() switch
    {
        "anyone" => AccessIdentifier.Anyone,
        "authenticated" => AccessIdentifier.Authenticated,
        "owner" => AccessIdentifier.Owner,
        _ => AccessIdentifier.User(AccountRegister.CanonicalName(user)),
    };

    private static string NameOf(string owner, string mailbox) =>
        owner.Length > 0 ? mailbox : mailbox.Length == 0 ? MailNamespaces.PublicPrefix[..^1] : MailNamespaces.PublicPrefix + mailbox;

    private static string MailboxOf(string owner, string folder)
    {
        if (owner.Length > 0)
            return folder;
        if (folder == MailNamespaces.PublicPrefix[..^1])
            return "";
        return folder.StartsWith(MailNamespaces.PublicPrefix, StringComparison.Ordinal) && folder.Length > MailNamespaces.PublicPrefix.Length
            ? folder[MailNamespaces.PublicPrefix.Length..]
            : throw NoFolder(owner, folder);
    }

    private static AccountException NoFolder(string owner, string folder) => new(
        AccountFault.FolderNotFound,
        owner.Length > 0
            ? $"The account '{owner}' has no folder '{folder}'."
            : $"There is no public folder '{folder}'. Public folders are Public and what lies below it, such as Public/News; name an account with -Account for a folder of its own.");

    private static async Task<FolderPermissionRecord?> FindAsync(IMailAccount opened, string owner, string mailbox, AccessIdentifier identifier, bool isDeny, CancellationToken cancel)
    {
        var folder = NameOf(owner, mailbox);
        if (await opened.GetAccessAsync(mailbox, cancel) is not { } access)
            throw NoFolder(owner, folder);
        var entry = access.Entries.FirstOrDefault(entry => entry.Identifier == identifier)
            ?? (identifier.Kind == AccessKind.Owner ? access.Entries.FirstOrDefault(entry => entry.Identifier == AccessIdentifier.User(owner)) : null);
        return entry is null ? null : RecordsOf(owner, folder, entry).FirstOrDefault(record => record.IsDeny == isDeny);
    }

    private static IEnumerable<FolderPermissionRecord> RecordsOf(string owner, string folder, AccessEntry entry)
    {
        if (entry.Granted is { } granted)
            yield return new FolderPermissionRecord(owner, folder, entry.Identifier.ToString(), RightsText.Format(granted), IsDeny: false);
        if (entry.Denied is { } denied)
            yield return new FolderPermissionRecord(owner, folder, entry.Identifier.ToString(), RightsText.Format(denied), IsDeny: true);
    }

    // An account is there by its line or by its mail: a server that captures has no lines.
    private async Task<(IMailAccount Opened, string Owner)> OpenAsync(string account, CancellationToken cancel)
    {
        if (account.Length == 0)
            return (_store.OpenPublic(), "");
        var name = AccountRegister.CanonicalName(account);
        var hasMail = AccountPath.TryToDirectory(name, out var directory) && Directory.Exists(Path.Join(_storePath, "mail", directory));
        if (!hasMail && new AccountRegister(_storePath).Find(name) is null)
            throw new AccountException(AccountFault.NotFound, $"There is no account '{name}' in '{_storePath}'.");
        return (await _store.OpenAccountAsync(name, cancel), name);
    }
}
