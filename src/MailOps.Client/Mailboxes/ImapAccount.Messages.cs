using System.Globalization;
using MailKit;
using MailKit.Search;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes;

/// <content>Changes to messages. What is not there any more is left out, as the protocol has it (RFC 9051 section 6.4.9).</content>
public sealed partial class ImapAccount
{
    /// <summary>Sets or takes off flags and keywords.</summary>
    /// <param name="folder">The folder, and with which UIDVALIDITY the UIDs were listed.</param>
    /// <param name="uids">The UIDs.</param>
    /// <param name="add">Flags such as <c>\Seen</c>, and keywords, to set; null for none.</param>
    /// <param name="remove">Those to take off; null for none.</param>
    /// <param name="all">All that a message then has; null to leave the others.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The UIDs of messages that are there.</returns>
    /// <exception cref="MailSessionException">There is no such folder, it has another UIDVALIDITY, or the server refuses it.</exception>
    public Task<IReadOnlyList<uint>> SetFlagsAsync(ListedFolder folder, IReadOnlyCollection<uint> uids, IReadOnlyCollection<string>? add, IReadOnlyCollection<string>? remove, IReadOnlyCollection<string>? all, CancellationToken cancel) =>
        ChangeAsync("set flags", folder, uids, async (opened, there, c) =>
        {
            foreach (var (action, names) in new[] { (StoreAction.Set, all), (StoreAction.Add, add), (StoreAction.Remove, remove) })
            {
                if (names is null)
                    continue;
                var (system, keywords) = MessageFlagNames.Parse(names);
                RequireKeywords(opened, action == StoreAction.Remove ? [] : keywords);
                await opened.StoreAsync(there, new StoreFlagsRequest(action, system, keywords) { Silent = true }, c).ConfigureAwait(false);
            }

            return Plain(there);
        }, cancel);

    /// <summary>Copies messages into another folder, with flags and dates.</summary>
    /// <param name="folder">The folder, and with which UIDVALIDITY the UIDs were listed.</param>
    /// <param name="uids">The UIDs.</param>
    /// <param name="destination">The other folder's full name.</param>
    /// <param name="makes">True to make it if it is missing.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>What was copied, with the new UIDs where the server tells them (UIDPLUS).</returns>
    /// <exception cref="MailSessionException">There is no such folder, it has another UIDVALIDITY, or the server refuses it.</exception>
    public Task<IReadOnlyList<ImapCopiedMessage>> CopyAsync(ListedFolder folder, IReadOnlyCollection<uint> uids, string destination, bool makes, CancellationToken cancel) =>
        TransferAsync("copy messages", folder, uids, destination, makes, (opened, there, target, c) => opened.CopyToAsync(there, target, c), cancel);

    /// <summary>Moves messages into another folder, with flags and dates: by MOVE (RFC 6851), and where the server has not that by COPY and EXPUNGE.</summary>
    /// <inheritdoc cref="CopyAsync"/>
    public Task<IReadOnlyList<ImapCopiedMessage>> MoveAsync(ListedFolder folder, IReadOnlyCollection<uint> uids, string destination, bool makes, CancellationToken cancel) =>
        TransferAsync("move messages", folder, uids, destination, makes, (opened, there, target, c) => opened.MoveToAsync(there, target, c), cancel);

    /// <summary>Deletes messages: marks them \Deleted and expunges them, and no others that are marked.</summary>
    /// <param name="folder">The folder, and with which UIDVALIDITY the UIDs were listed.</param>
    /// <param name="uids">The UIDs.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The UIDs of messages that were there.</returns>
    /// <exception cref="MailSessionException">There is no such folder, it has another UIDVALIDITY, or the server refuses it.</exception>
    public Task<IReadOnlyList<uint>> DeleteAsync(ListedFolder folder, IReadOnlyCollection<uint> uids, CancellationToken cancel) =>
        ChangeAsync("delete messages", folder, uids, async (opened, there, c) =>
        {
            await opened.StoreAsync(there, new StoreFlagsRequest(StoreAction.Add, MessageFlags.Deleted) { Silent = true }, c).ConfigureAwait(false);
            await opened.ExpungeAsync(there, c).ConfigureAwait(false);
            return Plain(there);
        }, cancel);

    private Task<IReadOnlyList<ImapCopiedMessage>> TransferAsync(
        string what,
        ListedFolder folder,
        IReadOnlyCollection<uint> uids,
        string destination,
        bool makes,
        Func<IMailFolder, IList<UniqueId>, IMailFolder, CancellationToken, Task<UniqueIdMap>> transfer,
        CancellationToken cancel) =>
        ChangeAsync<ImapCopiedMessage>(what, folder, uids, async (opened, there, c) =>
        {
            var target = makes && !await IsThereAsync(destination, c).ConfigureAwait(false)
                ? await MakeAsync(destination, use: null, c).ConfigureAwait(false)
                : await FindAsync(destination, c).ConfigureAwait(false);
            var map = await transfer(opened, there, target, c).ConfigureAwait(false);
            return [.. there.Select(uid => new ImapCopiedMessage
            {
                Folder = opened.FullName,
                Uid = uid.Id,
                Destination = target.FullName,
                DestinationUid = map.TryGetValue(uid, out var given) ? given.Id : null,
            })];
        }, cancel);

    private async Task<IReadOnlyList<T>> ChangeAsync<T>(string what, ListedFolder folder, IReadOnlyCollection<uint> uids, Func<IMailFolder, IList<UniqueId>, CancellationToken, Task<IReadOnlyList<T>>> change, CancellationToken cancel)
    {
        var wanted = uids.Where(uid => uid > 0).Distinct().Order().Select(uid => new UniqueId(uid)).ToList();
        if (wanted.Count == 0)
            return [];
        var opened = await _connection.StepAsync(
            $"open the folder {folder.Name}",
            async c =>
            {
                var found = await FindAsync(folder.Name, c).ConfigureAwait(false);
                if (await found.OpenAsync(FolderAccess.ReadWrite, c).ConfigureAwait(false) != FolderAccess.ReadWrite)
                    throw new MailSessionException(MailSessionFault.CommandRefused, $"{_connection.Server} opens the folder {folder.Name} for reading alone.");
                // The same numbers are then other messages (RFC 9051 section 2.3.1.1).
                if (folder.UidValidity is { } listed && listed != found.UidValidity)
                    throw new MailSessionException(MailSessionFault.UidValidityChanged, string.Create(CultureInfo.InvariantCulture, $"The folder {folder.Name} was made anew or restored since its messages were listed: its UIDs are other messages' now (UIDVALIDITY was {listed} and is {found.UidValidity}). Nothing was changed. List the messages again."));
                return found;
            },
            cancel).ConfigureAwait(false);
        return await _connection.StepAsync(
            string.Create(CultureInfo.InvariantCulture, $"{what} of {folder.Name}"),
            async c =>
            {
                var there = await opened.SearchAsync(SearchQuery.Uids(wanted), c).ConfigureAwait(false);
                return there.Count == 0 ? [] : await change(opened, there, c).ConfigureAwait(false);
            },
            cancel).ConfigureAwait(false);
    }

    // A server may take no new keywords, and then drops them without a word (RFC 9051 section 6.4.6).
    private void RequireKeywords(IMailFolder folder, IReadOnlyCollection<string> keywords)
    {
        if (folder.PermanentFlags.HasFlag(MessageFlags.UserDefined))
            return;
        if (keywords.FirstOrDefault(keyword => !folder.PermanentKeywords.Contains(keyword, StringComparer.OrdinalIgnoreCase)) is { } lost)
            throw new MailSessionException(MailSessionFault.CommandRefused, $"{_connection.Server} takes no new keywords in the folder {folder.FullName}, and {lost} is not there.");
    }

    private static IReadOnlyList<uint> Plain(IEnumerable<UniqueId> uids) => [.. uids.Select(uid => uid.Id)];
}
