using System.Runtime.CompilerServices;
using MailOps.Client.Mailboxes.Seen;
using MailOps.Client.Migration;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes.Saving;

/// <summary>
/// Saves messages of a POP3 mailbox. In this order a message is on the disk, then remembered, then marked; all marks are carried out at the end, by
/// QUIT. So a process that is killed leaves at most one message that is saved and not remembered, and none that is deleted and not saved.
/// </summary>
/// <param name="mailbox">The mailbox.</param>
/// <param name="target">Where they are saved.</param>
/// <param name="state">What is remembered of earlier runs, held against the mailbox's listing; or null.</param>
public sealed class Pop3Saver(Pop3Mailbox mailbox, IMessageTarget target, Pop3State? state)
{
    private readonly HashSet<int> _marked = [];
    private readonly HashSet<int> _saved = [];

    /// <summary>True to mark for deletion what is saved.</summary>
    public bool Removes { get; init; }

    /// <summary>How many messages had a unique id that was remembered, were not known by their octets to be what was saved, and were saved too.</summary>
    public int Reused { get; private set; }

    /// <summary>Called with the octets that came so far.</summary>
    public Func<long, ValueTask>? Tell { get; init; }

    /// <summary>Called with a message that the server refuses to send, and why. The others go on.</summary>
    public Func<Pop3Entry, MailSessionException, ValueTask>? Refused { get; init; }

    /// <summary>
    /// Saves messages of the listing, in their order. One that an earlier run saved, by what is remembered, is read once more and marked for deletion if
    /// it has the octets that were saved; if not, it is another message with the same unique id, and is saved.
    /// </summary>
    /// <param name="entries">Which.</param>
    /// <param name="cancel">Ends it: what was saved stays, and nothing is deleted.</param>
    /// <returns>Each message when it is on the disk. One that was known by its octets under another unique id is saved already, and none of them.</returns>
    /// <exception cref="MailSessionException">The server is silent or leaves.</exception>
    /// <exception cref="IOException">A message cannot be written.</exception>
    public async IAsyncEnumerable<SavedPop3Message> SaveAsync(IReadOnlyList<Pop3Entry> entries, [EnumeratorCancellation] CancellationToken cancel)
    {
        long came = 0;
        await foreach (var content in mailbox.ContentsAsync(entries, headersOnly: false, cancel).ConfigureAwait(false))
        {
            var entry = content.Entry;
            if (content.Refusal is { } refusal)
            {
                if (Refused is not null)
                    await Refused(entry, refusal).ConfigureAwait(false);
                continue;
            }

            var message = await target.BeginAsync(entry, cancel).ConfigureAwait(false);
            SavedPop3Message? saved;
            await using (message.ConfigureAwait(false))
            {
                var head = new HeadOfMessage();
                using var hash = new ContentHash();
                var before = came;
                await content.CopyToAsync(
                    async (octets, c) =>
                    {
                        await message.WriteAsync(octets, c).ConfigureAwait(false);
                        head.Append(octets.Span);
                        hash.Append(octets.Span);
                        came += octets.Length;
                        if (Tell is not null)
                            await Tell(came).ConfigureAwait(false);
                    },
                    cancel).ConfigureAwait(false);
                saved = await FinishAsync(entry, message, head, came - before, hash.Finish(), cancel).ConfigureAwait(false);
            }

            _saved.Add(entry.Number);
            if (Removes)
                Mark(entry);
            if (saved is not null)
                yield return saved;
        }
    }

    /// <summary>Marks a message for deletion that was saved in this session.</summary>
    /// <exception cref="InvalidOperationException">It was not: that its unique id is remembered does not say that it is the message that was saved.</exception>
    public void Mark(Pop3Entry entry)
    {
        if (!IsSaved(entry))
            throw new InvalidOperationException($"Message {entry.Number} was not read in this session. Give it to SaveAsync.");
        _marked.Add(entry.Number);
        mailbox.Delete(entry.Number);
    }

    /// <summary>True if a message was read in this session and is saved.</summary>
    public bool IsSaved(Pop3Entry entry) => _saved.Contains(entry.Number);

    /// <summary>True if a message is marked.</summary>
    public bool IsMarked(Pop3Entry entry) => _marked.Contains(entry.Number);

    /// <summary>Ends the session: what was marked is deleted, and what is gone is forgotten.</summary>
    /// <returns>The messages that the server refused to delete, by their numbers, and why.</returns>
    /// <exception cref="MailSessionException">The server leaves: what was marked is there still, or not. It is remembered, and the next run deletes it if it is.</exception>
    public async Task<IReadOnlyDictionary<int, MailSessionException>> EndAsync(CancellationToken cancel)
    {
        var refused = await mailbox.CommitAsync(cancel).ConfigureAwait(false);
        if (state is not null)
            await state.SettleAsync(_marked.Where(number => !refused.ContainsKey(number)).ToHashSet(), CancellationToken.None).ConfigureAwait(false);
        return refused;
    }

    private async Task<SavedPop3Message?> FinishAsync(Pop3Entry entry, IMessageInSaving message, HeadOfMessage head, long octets, UInt128 hash, CancellationToken cancel)
    {
        if (state?.HasSaved(entry, hash) == true)
        {
            _saved.Add(entry.Number);
            Mark(entry);
            return null;
        }

        var isOther = state?.TimeOf(entry) is not null;
        if (state?.IsKnownBy(hash) == true)
        {
            await state.NoteAsync(entry, hash, cancel).ConfigureAwait(false);
            return null;
        }

        var place = await message.CommitAsync(cancel).ConfigureAwait(false);

        // Not to be broken off: it is there, and would be saved once more.
        if (state is not null)
            await state.NoteAsync(entry, hash, CancellationToken.None).ConfigureAwait(false);
        if (isOther)
            Reused++;
        return new SavedPop3Message(entry, head.ToArray(), octets, place);
    }
}
