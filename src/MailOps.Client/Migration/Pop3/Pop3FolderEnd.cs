using System.Globalization;
using System.Runtime.CompilerServices;
using MailOps.Client.Mailboxes;

namespace MailOps.Client.Migration.Pop3;

/// <summary>
/// A maildrop, open. A message is called by its unique id, and of several with one id the later ones by the id and a number. Where the server has no
/// ids, names are made that hold for this session: what was copied is then known by its octets alone.
/// </summary>
internal sealed class Pop3FolderEnd : IFolderReader
{
    private const int Window = 2_000;

    private readonly Pop3MailboxEnd _end;
    private readonly Pop3Mailbox _mailbox;
    private readonly IReadOnlyList<(string Id, Pop3Entry Entry)> _messages;
    private readonly Dictionary<string, Pop3Entry> _byId;
    private bool _isReading;

    /// <summary>Takes over a session.</summary>
    public Pop3FolderEnd(Pop3MailboxEnd end, Pop3Mailbox mailbox, IReadOnlyList<Pop3Entry> listing)
    {
        (_end, _mailbox, _messages) = (end, mailbox, Named(listing));
        _byId = _messages.ToDictionary(one => one.Id, one => one.Entry, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public string Epoch => "";

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Ids => _byId.Keys;

    /// <inheritdoc/>
    public int Count => _messages.Count;

    /// <inheritdoc/>
    public string? State => null;

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<MailEntry>> ListAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var window in _messages.Chunk(Window))
        {
            cancel.ThrowIfCancellationRequested();
            yield return [.. window.Select(one => new MailEntry(one.Id, one.Entry.Size, Flags: "", Arrived: null))];
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MailContent> ReadAsync(IReadOnlyList<MailEntry> entries, [EnumeratorCancellation] CancellationToken cancel)
    {
        _isReading = true;
        var next = 0;
        await foreach (var content in _mailbox.ContentsAsync([.. entries.Select(entry => _byId[entry.Id])], headersOnly: false, cancel).ConfigureAwait(false))
        {
            var entry = entries[next++];
            if (content.Refusal is { } refusal)
            {
                yield return new MailContent(entry, Octets: null, refusal.Message);
                continue;
            }

            // The server that keeps the message has written when it came, and the sender when it was sent; POP3 tells nothing.
            var octets = await MessageSpool.CollectAsync((sink, c) => content.CopyToAsync((piece, also) => sink(piece, also), c), cancel).ConfigureAwait(false);
            yield return new MailContent(entry with { Arrived = await ArrivalDate.OfAsync(octets, cancel).ConfigureAwait(false) }, octets, Refusal: null);
        }

        _isReading = false;
    }

    /// <summary>What the messages of a listing are called, in their order.</summary>
    internal static IReadOnlyList<(string Id, Pop3Entry Entry)> Named(IReadOnlyList<Pop3Entry> listing)
    {
        var session = Guid.NewGuid().ToString("N");
        var named = new List<(string, Pop3Entry)>(listing.Count);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        // The number that the next with a unique id is tried with: all before it are taken.
        var copies = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in listing)
        {
            var uidl = entry.Uidl ?? string.Create(CultureInfo.InvariantCulture, $"{session} {entry.Number}");
            var id = uidl;
            var copy = copies.GetValueOrDefault(uidl, 2);
            for (; !taken.Add(id); copy++)
                id = string.Create(CultureInfo.InvariantCulture, $"{uidl} {copy}");
            if (copy > 2)
                copies[uidl] = copy;
            named.Add((id, entry));
        }

        return named;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _end.ReturnAsync(_mailbox, isUsable: !_isReading);
}
