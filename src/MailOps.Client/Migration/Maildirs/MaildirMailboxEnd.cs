using System.Globalization;
using MailOps.Client.Maildirs;
using MailOps.Maildir;

namespace MailOps.Client.Migration.Maildirs;

/// <summary>A Maildir with its folders as one end of a copy, where it lies. Servers may use it at the same time.</summary>
public sealed class MaildirMailboxEnd : IMailboxReader, IMailboxWriter
{
    private readonly MaildirInPlace _maildir;
    private readonly SemaphoreSlim _turn = new(1);

    private MaildirMailboxEnd(string name, MaildirInPlace maildir) => (Name, _maildir) = (name, maildir);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool CanMirror => true;

    /// <summary>Opens a Maildir.</summary>
    /// <param name="name">Which it is, in messages.</param>
    /// <param name="path">Its directory.</param>
    /// <param name="isMade">True to make it if it is not there.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MailStoreException">There is no Maildir, or it cannot be read.</exception>
    public static async Task<MaildirMailboxEnd> OpenAsync(string name, string path, bool isMade, CancellationToken cancel) =>
        new(name, await (isMade ? MaildirInPlace.CreateAsync(path, options: null, cancel) : MaildirInPlace.OpenAsync(path, options: null, cancel)).ConfigureAwait(false));

    /// <inheritdoc/>
    public Task<IReadOnlyList<MailFolder>> ListAsync(CancellationToken cancel) => ManageAsync(async account =>
    {
        var subscribed = (await account.ListSubscribedAsync(cancel).ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal);
        var folders = new List<MailFolder>();
        foreach (var info in await account.ListAsync(cancel).ConfigureAwait(false))
        {
            var status = info.Exists ? await account.StatusAsync(info.Name, cancel).ConfigureAwait(false) : null;
            folders.Add(new MailFolder
            {
                Name = info.Name,
                Levels = info.Name.Split(MailboxName.Separator),
                IsSubscribed = subscribed.Contains(info.Name),
                HoldsMessages = info.Exists,
                Messages = status?.Messages,
                Epoch = status?.UidValidity.ToString(CultureInfo.InvariantCulture),
                State = status is null ? null : FolderState.Of(status.UidValidity, status.UidNext, status.Messages),
                FlagState = FolderState.OfFlags(status?.HighestModSeq ?? 0),
            });
        }

        return (IReadOnlyList<MailFolder>)folders;
    }, cancel);

    /// <inheritdoc/>
    public string NameOf(IReadOnlyList<string> levels) =>
        levels.Count == 1 && MailFolder.IsInboxName(levels[0]) ? MailboxName.Inbox : string.Join(MailboxName.Separator, levels.Select(Allowed));

    /// <inheritdoc/>
    public Task CreateAsync(string name, string? use, CancellationToken cancel) => ManageAsync(async account =>
    {
        // A Maildir has no place for what a folder is for.
        if (await account.CreateAsync(name, cancel).ConfigureAwait(false) == MailboxOutcome.InvalidName)
            throw new MaildirException(MaildirFault.InvalidFolderName, $"No folder of {Name} can be called '{name}': the name {account.RuleAgainst(name) ?? "cannot be used"}.");
        return true;
    }, cancel);

    /// <inheritdoc/>
    public Task SubscribeAsync(string name, CancellationToken cancel) => ManageAsync(async account =>
    {
        await account.SetSubscribedAsync(name, subscribed: true, cancel).ConfigureAwait(false);
        return true;
    }, cancel);

    /// <inheritdoc/>
    async Task<IFolderReader> IMailboxReader.OpenAsync(string folder, CancellationToken cancel) => await OpenAsync(folder, cancel).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<IFolderWriter> OpenAsync(string folder, CancellationToken cancel)
    {
        var account = await _maildir.Store.OpenAccountAsync(_maildir.Path, cancel).ConfigureAwait(false);
        var mailbox = await account.OpenAsync(folder, readOnly: true, cancel).ConfigureAwait(false)
            ?? throw new MaildirException(MaildirFault.FolderNotFound, $"{Name} has no folder '{folder}'.");
        return new MaildirFolderEnd(_maildir, account, mailbox);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _maildir.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    private async Task<T> ManageAsync<T>(Func<IMailAccount, Task<T>> work, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await work(_maildir.Account).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static string Allowed(string level)
    {
        var allowed = string.Concat(level.Select(c => c == MailboxName.Separator || char.IsControl(c) ? '_' : c));
        return allowed.Length == 0 ? "_" : allowed;
    }
}
