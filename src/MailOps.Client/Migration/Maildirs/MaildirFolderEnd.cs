using System.Globalization;
using System.Runtime.CompilerServices;
using MailOps.Client.Maildirs;
using MailOps.Maildir;

namespace MailOps.Client.Migration.Maildirs;

/// <summary>A folder of a Maildir, open.</summary>
internal sealed class MaildirFolderEnd(MaildirInPlace maildir, IMailAccount account, IMailbox mailbox) : IFolderWriter
{
    private const int Window = 2_000;

    /// <inheritdoc/>
    public string Epoch => mailbox.UidValidity.ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public int Count => mailbox.Messages.Count;

    /// <inheritdoc/>
    public string? State => FolderState.Of(mailbox.UidValidity, mailbox.UidNext, mailbox.Messages.Count);

    /// <inheritdoc/>
    public string? FlagState => FolderState.OfFlags(mailbox.HighestModSeq);

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<MailEntry>> ListAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        for (var first = 0; first < mailbox.Messages.Count; first += Window)
        {
            cancel.ThrowIfCancellationRequested();
            var entries = new List<MailEntry>();
            for (var i = first; i < Math.Min(mailbox.Messages.Count, first + Window); i++)
            {
                var message = mailbox.Messages[i];
                if (mailbox.InternalDate(message) is { } arrived)
                    entries.Add(new MailEntry(message.Uid.ToString(CultureInfo.InvariantCulture), message.Size, TextOf(message.Flags), arrived));
            }

            yield return entries;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MailContent> ReadAsync(IReadOnlyList<MailEntry> entries, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var entry in entries)
        {
            if (OpenFolder.Find(mailbox, uint.Parse(entry.Id, CultureInfo.InvariantCulture)) is not { } message || await mailbox.OpenBlobAsync(message, cancel).ConfigureAwait(false) is not { } blob)
                continue;
            await using var stream = blob.AsStream();
            yield return new MailContent(entry, await MessageSpool.ReadAsync(stream, blob.Length, cancel).ConfigureAwait(false), Refusal: null);
        }
    }

    /// <inheritdoc/>
    public async Task<AddResult> AddAsync(IReadOnlyList<MailContent> messages, CancellationToken cancel)
    {
        var deliveries = new List<IDelivery>();
        try
        {
            var pending = new List<MessageToAppend>();
            foreach (var message in messages)
            {
                var delivery = maildir.BeginDelivery();
                deliveries.Add(delivery);
                await WriteAsync(message.Octets!, delivery, cancel).ConfigureAwait(false);
                pending.Add(new MessageToAppend(delivery, MessageFlags.Parse(message.Entry.Flags.Split(' ', StringSplitOptions.RemoveEmptyEntries)), message.Entry.Arrived));
            }

            var added = await account.AppendAsync(mailbox.Name, pending, cancel).ConfigureAwait(false)
                ?? throw new MaildirException(MaildirFault.FolderNotFound, $"The folder '{mailbox.Name}' of {maildir.Path} is not there any more. Run the copy again.");
            return new AddResult([.. added.Select(one => (AddOutcome?)new AddOutcome(one.Uid.ToString(CultureInfo.InvariantCulture), Refusal: null))], Hindrance: null);
        }
        finally
        {
            foreach (var delivery in deliveries)
                await delivery.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task SetFlagsAsync(IReadOnlyList<(string Id, string Flags)> messages, CancellationToken cancel)
    {
        await ChangingAsync(async open =>
        {
            foreach (var group in messages.GroupBy(message => message.Flags, StringComparer.Ordinal))
                await open.StoreFlagsAsync(Find(open, group.Select(message => message.Id)), FlagChange.Replace, MessageFlags.Parse(group.Key.Split(' ', StringSplitOptions.RemoveEmptyEntries)), cancel).ConfigureAwait(false);
        }, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task RemoveAsync(IReadOnlyList<string> ids, CancellationToken cancel) => ChangingAsync(async open => await open.RemoveAsync(Find(open, ids), cancel).ConfigureAwait(false), cancel);

    /// <inheritdoc/>
    public async Task RefreshAsync(CancellationToken cancel) => await mailbox.RefreshAsync(expunges: true, cancel).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<IReadOnlyCollection<string>?> KnownFlagsAsync(CancellationToken cancel)
    {
        await RefreshAsync(cancel).ConfigureAwait(false);
        return mailbox.Keywords;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => mailbox.DisposeAsync();

    private static async Task WriteAsync(MessageSpool octets, IDelivery delivery, CancellationToken cancel)
    {
        var lines = default(CrlfLines);
        await foreach (var piece in octets.PiecesAsync(cancel).ConfigureAwait(false))
        {
            lines.Write(delivery, piece.Span);
            await delivery.DrainAsync().ConfigureAwait(false);
        }
    }

    // The folder is open for reading alone: what changes it has it to itself for that time.
    private async Task ChangingAsync(Func<IMailbox, Task> work, CancellationToken cancel)
    {
        await using var open = await account.OpenAsync(mailbox.Name, readOnly: false, cancel).ConfigureAwait(false)
            ?? throw new MaildirException(MaildirFault.FolderNotFound, $"The folder '{mailbox.Name}' of {maildir.Path} is not there any more. Run the copy again.");
        await work(open).ConfigureAwait(false);
    }

    private static List<MailboxMessage> Find(IMailbox open, IEnumerable<string> ids) =>
        [.. ids.Select(id => OpenFolder.Find(open, uint.Parse(id, CultureInfo.InvariantCulture))).OfType<MailboxMessage>()];

    private static string TextOf(MessageFlagSet flags) =>
        string.Join(' ', MessageFlags.SystemNames.Where(name => flags.System.HasFlag(Enum.Parse<SystemFlags>(name))).Select(name => "\\" + name).Concat(flags.Keywords.Where(MessageFlags.IsFlag)).Order(StringComparer.Ordinal));
}
