using MailKit;
using MailKit.Net.Imap;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes;

/// <summary>An account of an IMAP server, logged in on one connection: its folders.</summary>
public sealed partial class ImapAccount : IPooledConnection
{
    private const StatusItems Counts = StatusItems.Count | StatusItems.Unread | StatusItems.UidNext | StatusItems.UidValidity;

    private readonly ImapClient _client;
    private readonly MailboxConnection _connection;

    private ImapAccount(ImapClient client, MailboxConnection connection) => (_client, _connection) = (client, connection);

    /// <summary>What is wrong with the certificate where that was not allowed to matter, or null.</summary>
    public string? CertificateProblem => _connection.CertificateProblem;

    /// <summary>The SASL mechanism that logged in, or null where it was the protocol's own command.</summary>
    public string? AuthMechanism => _connection.AuthMechanism;

    /// <summary>Connects and logs in.</summary>
    /// <exception cref="MailSessionException">No connection, no TLS, no login, or a server that is silent or speaks something else.</exception>
    public static Task<ImapAccount> OpenAsync(MailboxOptions options, TimeProvider clock, CancellationToken cancel) =>
        AccessTokens.LogInAsync(options, login => OpenOnceAsync(login, clock, cancel), cancel);

    /// <summary>Opens a folder with EXAMINE: no message becomes seen by reading it.</summary>
    /// <exception cref="MailSessionException">There is no such folder, or the server refuses it.</exception>
    public async Task<ImapMailbox> ExamineAsync(string folder, CancellationToken cancel)
    {
        var opened = await _connection.StepAsync(
            $"open the folder {folder}",
            async c =>
            {
                var found = await FindAsync(folder, c).ConfigureAwait(false);
                await found.OpenAsync(FolderAccess.ReadOnly, c).ConfigureAwait(false);
                return found;
            },
            cancel).ConfigureAwait(false);
        return new ImapMailbox(this, _client, _connection, opened);
    }

    /// <summary>The account's folders, those that others share and public ones among them, by name, INBOX first.</summary>
    /// <param name="isWanted">Which are wanted, by their full names; null for all.</param>
    /// <param name="onlySubscribed">True for those alone that the account is subscribed to.</param>
    /// <param name="withStatus">True to ask for their counts: of those that can be opened.</param>
    /// <param name="withQuota">True to ask for their quotas, of a server that tells of quotas.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MailSessionException">The server is silent, leaves or refuses.</exception>
    public async Task<IReadOnlyList<ImapFolder>> ListAsync(Predicate<string>? isWanted, bool onlySubscribed, bool withStatus, bool withQuota, CancellationToken cancel)
    {
        var found = await _connection.StepAsync("list its folders", c => ListAsync(onlySubscribed, withStatus, c), cancel).ConfigureAwait(false);
        var folders = new List<ImapFolder>();
        foreach (var folder in found.Where(folder => isWanted?.Invoke(folder.FullName) != false))
        {
            var canOpen = CanOpen(folder);
            var isCounted = withStatus && canOpen && (_client.Capabilities.HasFlag(ImapCapabilities.ListStatus) || await CountAsync(folder, cancel).ConfigureAwait(false));
            var quota = withQuota && canOpen && _client.Capabilities.HasFlag(ImapCapabilities.Quota)
                ? await _connection.StepAsync($"tell the quota of {folder.FullName}", c => folder.GetQuotaAsync(c), cancel).ConfigureAwait(false)
                : null;
            folders.Add(Describe(folder, isCounted, quota));
        }

        return folders;
    }

    /// <summary>Makes a folder, and those above it that are not there.</summary>
    /// <param name="name">Its full name, levels separated as the server does.</param>
    /// <param name="use">What it is for (RFC 6154), such as <c>\Archive</c>; null for nothing.</param>
    /// <param name="subscribe">True to subscribe to it.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MailSessionException">It is there already, or the server refuses it.</exception>
    public Task<ImapFolder> CreateAsync(string name, string? use, bool subscribe, CancellationToken cancel) =>
        _connection.StepAsync(
            $"make the folder {name}",
            async c =>
            {
                if (use is not null && !_client.Capabilities.HasFlag(ImapCapabilities.CreateSpecialUse))
                    throw new MailSessionException(MailSessionFault.CommandRefused, $"{_connection.Server} takes no special use with a new folder (CREATE-SPECIAL-USE). Make {name} without one; many clients then find it by its name.");
                // The library takes a folder that is there already for one that it made.
                if (await IsThereAsync(name, c).ConfigureAwait(false))
                    throw new MailSessionException(MailSessionFault.CommandRefused, $"{_connection.Server} has a folder {name} already.");
                var folder = await MakeAsync(name, use, c).ConfigureAwait(false);
                if (subscribe)
                    await folder.SubscribeAsync(c).ConfigureAwait(false);
                return Describe(folder, hasStatus: false, quota: null);
            },
            cancel);

    /// <summary>Gives a folder, and those below it, another name.</summary>
    /// <exception cref="MailSessionException">There is no such folder, the new name is taken, or the server refuses it.</exception>
    public Task<ImapFolder> RenameAsync(string name, string newName, CancellationToken cancel) =>
        _connection.StepAsync(
            $"rename the folder {name} to {newName}",
            async c =>
            {
                var folder = await FindAsync(name, c).ConfigureAwait(false);
                var (parent, leaf) = await ParentOfAsync(newName, c).ConfigureAwait(false);
                await folder.RenameAsync(parent, leaf, c).ConfigureAwait(false);
                return Describe(folder, hasStatus: false, quota: null);
            },
            cancel);

    /// <summary>Deletes a folder with its messages. What lies below it stays.</summary>
    /// <exception cref="MailSessionException">There is no such folder, or the server refuses it.</exception>
    public Task DeleteAsync(string name, CancellationToken cancel) =>
        _connection.StepAsync(
            $"delete the folder {name}",
            async c =>
            {
                var folder = await FindAsync(name, c).ConfigureAwait(false);
                // Servers may close a connection that has a deleted folder open, as Dovecot does.
                if (folder.IsOpen)
                    await folder.CloseAsync(expunge: false, c).ConfigureAwait(false);
                await folder.DeleteAsync(c).ConfigureAwait(false);
            },
            cancel);

    /// <summary>Says LOGOUT.</summary>
    public Task CloseAsync(CancellationToken cancel) =>
        _connection.StepAsync("answer LOGOUT", c => _client.DisconnectAsync(quit: true, c), cancel);

    /// <summary>Closes the connection.</summary>
    public ValueTask DisposeAsync()
    {
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>What stands before the names of the account's own folders, and what separates levels; NUL where there are none.</summary>
    internal (string Prefix, char Separator) PersonalSpace => _client.PersonalNamespaces is [var space, ..]
        ? (space.Path.Length == 0 ? "" : space.Path + space.DirectorySeparator, space.DirectorySeparator)
        : ("", _client.Inbox!.DirectorySeparator);

    /// <summary>True for a folder that others share, or a public one.</summary>
    internal bool IsForeign(string name) => _client.SharedNamespaces.Concat(_client.OtherNamespaces)
        .Any(space => space.Path.Length > 0 && (name == space.Path || name.StartsWith(space.Path + space.DirectorySeparator, StringComparison.Ordinal)));

    /// <summary>True for Gmail, where folders are labels of one set of messages (X-GM-EXT-1).</summary>
    internal bool HasLabels => _client.Capabilities.HasFlag(ImapCapabilities.GMailExt1);

    /// <summary>True if a list of all folders tells as well which are subscribed to (RFC 5258).</summary>
    internal bool ListsSubscribed => _client.Capabilities.HasFlag(ImapCapabilities.ListExtended);

    /// <summary>True if a new folder can be told what it is for (RFC 6154 section 3).</summary>
    internal bool CanNoteUse => _client.Capabilities.HasFlag(ImapCapabilities.CreateSpecialUse);

    /// <summary>Subscribes to a folder.</summary>
    internal Task SubscribeAsync(string name, CancellationToken cancel) =>
        _connection.StepAsync($"subscribe to the folder {name}", async c => await (await FindAsync(name, c).ConfigureAwait(false)).SubscribeAsync(c).ConfigureAwait(false), cancel);

    /// <summary>Gives the connection to a conversation of another kind: the account can only be disposed after that.</summary>
    internal (MailboxConnection Connection, ImapClient Client) TakeOver() => (_connection, _client);

    /// <summary>Asks the server whether it is still there.</summary>
    public async Task<bool> IsAliveAsync(CancellationToken cancel)
    {
        try
        {
            await _connection.StepAsync("answer NOOP", c => _client.NoOpAsync(c), cancel).ConfigureAwait(false);
            return true;
        }
        catch (MailSessionException)
        {
            return false;
        }
    }

    private async Task<IMailFolder> FindAsync(string name, CancellationToken cancel)
    {
        if (name.Equals("INBOX", StringComparison.OrdinalIgnoreCase))
            return _client.Inbox!;
        var folder = await _client.GetFolderAsync(name, cancel).ConfigureAwait(false);

        // The library remembers folders that were deleted. Somebody may have made this one again.
        if (!folder.Exists)
            _ = await ListAsync(onlySubscribed: false, withStatus: false, cancel).ConfigureAwait(false);
        return folder.Exists ? folder : throw new FolderNotFoundException(name);
    }

    private async Task<bool> IsThereAsync(string name, CancellationToken cancel)
    {
        try
        {
            return CanOpen(await FindAsync(name, cancel).ConfigureAwait(false));
        }
        catch (FolderNotFoundException)
        {
            return false;
        }
    }

    private async Task<IReadOnlyList<IMailFolder>> ListAsync(bool onlySubscribed, bool withStatus, CancellationToken cancel)
    {
        var items = withStatus && _client.Capabilities.HasFlag(ImapCapabilities.ListStatus) ? ItemsOf(_client) : StatusItems.None;
        var found = new Dictionary<string, IMailFolder>(StringComparer.Ordinal);
        foreach (var space in _client.PersonalNamespaces.Concat(_client.SharedNamespaces).Concat(_client.OtherNamespaces))
        {
            foreach (var folder in await _client.GetFoldersAsync(space, items, onlySubscribed, cancel).ConfigureAwait(false))
                found.TryAdd(folder.FullName, folder);
        }

        // Where all folders lie below INBOX, it is none of those in its namespace.
        var inbox = _client.Inbox!;
        if ((!onlySubscribed || inbox.Attributes.HasFlag(FolderAttributes.Subscribed)) && found.TryAdd(inbox.FullName, inbox) && items != StatusItems.None)
            await inbox.StatusAsync(items, cancel).ConfigureAwait(false);

        return [.. found.Values.OrderBy(folder => folder != _client.Inbox).ThenBy(folder => folder.FullName, StringComparer.Ordinal)];
    }

    // A folder that a server lists and does not count is no reason to tell of none.
    private async Task<bool> CountAsync(IMailFolder folder, CancellationToken cancel)
    {
        try
        {
            await _connection.StepAsync($"count the folder {folder.FullName}", c => folder.StatusAsync(ItemsOf(_client), c), cancel).ConfigureAwait(false);
            return true;
        }
        catch (MailSessionException e) when (e.Fault is MailSessionFault.CommandRefused or MailSessionFault.MailboxNotFound)
        {
            return false;
        }
    }

    private static StatusItems ItemsOf(ImapClient client) => Counts
        | (client.Capabilities.HasFlag(ImapCapabilities.StatusSize) ? StatusItems.Size : StatusItems.None)
        | (client.Capabilities.HasFlag(ImapCapabilities.CondStore) ? StatusItems.HighestModSeq : StatusItems.None);

    private static bool CanOpen(IMailFolder folder) => (folder.Attributes & (FolderAttributes.NoSelect | FolderAttributes.NonExistent)) == FolderAttributes.None;

    private async Task<IMailFolder> MakeAsync(string name, string? use, CancellationToken cancel)
    {
        var (parent, leaf) = await ParentOfAsync(name, cancel).ConfigureAwait(false);
        var made = use is null
            ? await parent.CreateAsync(leaf, isMessageFolder: true, cancel).ConfigureAwait(false)
            : await parent.CreateAsync(leaf, SpecialUse.FolderOf(use), cancel).ConfigureAwait(false);
        return made!;
    }

    // A server would make the levels before the empty one, or takes a separator at the end as a level that holds no messages (RFC 9051 section 6.3.4).
    private void RequireLevels(string name, char separator)
    {
        // Names of others may begin with the separator.
        if (separator != '\0' && name.Split(separator).Skip(IsForeign(name) ? 1 : 0).Any(string.IsNullOrEmpty))
            throw new MailSessionException(MailSessionFault.CommandRefused, $"A folder cannot be called '{name}': {separator} separates levels at {_connection.Server}, and one of them has no name. Nothing was made.");
    }

    // The folder above, which is made if it is not there: some servers make none by themselves (RFC 9051 section 6.3.4 asks them to).
    private async Task<(IMailFolder Parent, string Leaf)> ParentOfAsync(string name, CancellationToken cancel)
    {
        var space = _client.PersonalNamespaces.Concat(_client.SharedNamespaces).Concat(_client.OtherNamespaces).FirstOrDefault()
            ?? throw new MailSessionException(MailSessionFault.CommandRefused, $"{_connection.Server} tells of no namespace that folders could be in (NAMESPACE, RFC 2342), so {name} cannot be placed. The account has the INBOX alone.");
        var root = _client.GetFolder(space);
        var separator = root.DirectorySeparator;
        RequireLevels(name, separator);
        var end = separator == '\0' ? -1 : name.LastIndexOf(separator);
        if (end <= 0)
            return (root, name);
        var above = name[..end];
        try
        {
            return (await FindAsync(above, cancel).ConfigureAwait(false), name[(end + 1)..]);
        }
        catch (FolderNotFoundException)
        {
            return (await MakeAsync(above, use: null, cancel).ConfigureAwait(false), name[(end + 1)..]);
        }
    }

    private ImapFolder Describe(IMailFolder folder, bool hasStatus, FolderQuota? quota)
    {
        // A server leaves out the counts of a folder that it cannot look into (RFC 5819 section 2).
        hasStatus &= folder.UidNext is not null || folder.UidValidity > 0;
        return new ImapFolder
        {
            Name = folder.FullName,
            Path = string.Join('/', FolderLevels.Of(folder.FullName, PersonalSpace.Prefix, folder.DirectorySeparator)),
            Separator = folder.DirectorySeparator == '\0' ? null : folder.DirectorySeparator.ToString(),
            CanOpen = CanOpen(folder),
            IsSubscribed = folder.Attributes.HasFlag(FolderAttributes.Subscribed),
            SpecialUse = SpecialUse.Of(folder.Attributes),
            Messages = hasStatus ? folder.Count : null,
            Unseen = hasStatus ? folder.Unread : null,
            Size = hasStatus ? (long?)folder.Size : null,
            UidNext = hasStatus ? folder.UidNext?.Id : null,
            UidValidity = hasStatus ? folder.UidValidity : null,
            HighestModSeq = hasStatus && folder.HighestModSeq > 0 ? folder.HighestModSeq : null,
            QuotaRoot = quota?.QuotaRoot?.FullName,
            QuotaUsed = quota?.CurrentStorageSize * 1024L,
            QuotaLimit = quota?.StorageLimit * 1024L,
        };
    }

    private static async Task<ImapAccount> OpenOnceAsync(MailboxOptions options, TimeProvider clock, CancellationToken cancel)
    {
        var reply = new LastReply();
        var tls = new LibraryTls(options.ClientCertificate);
        var client = new SecuredImapClient(reply, tls);
        var connection = new MailboxConnection(client, reply, tls, options, clock);
        try
        {
            await connection.OpenAsync(cancel).ConfigureAwait(false);
            return new ImapAccount(client, connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
