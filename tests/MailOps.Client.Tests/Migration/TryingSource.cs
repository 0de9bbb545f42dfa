using System.Runtime.CompilerServices;
using MailOps.Client.Migration;
using MailOps.Wire;

namespace MailOps.Client.Tests.Migration;

/// <summary>A source that loses the connection at one message, does not list one, or tells other sizes than it did.</summary>
internal sealed class TryingSource(IMailboxReader inner) : IMailboxReader
{
    public string? LostAt { get; init; }

    public string? Hidden { get; init; }

    public int More { get; init; }

    /// <summary>How many messages were read.</summary>
    public int Reads { get; private set; }

    /// <summary>How many folders were listed.</summary>
    public int Lists { get; private set; }

    public string Name => inner.Name;

    public Task<IReadOnlyList<MailFolder>> ListAsync(CancellationToken cancel) => inner.ListAsync(cancel);

    public async Task<IFolderReader> OpenAsync(string folder, CancellationToken cancel) => new Opened(this, await inner.OpenAsync(folder, cancel));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Opened(TryingSource source, IFolderReader inner) : IFolderReader
    {
        public string Epoch => inner.Epoch;

        public int Count => inner.Count;

        public string? State => inner.State;

        public async IAsyncEnumerable<IReadOnlyList<MailEntry>> ListAsync([EnumeratorCancellation] CancellationToken cancel)
        {
            source.Lists++;
            await foreach (var entries in inner.ListAsync(cancel))
                yield return [.. entries.Where(entry => entry.Id != source.Hidden).Select(entry => entry with { Size = entry.Size + source.More })];
        }

        public async IAsyncEnumerable<MailContent> ReadAsync(IReadOnlyList<MailEntry> entries, [EnumeratorCancellation] CancellationToken cancel)
        {
            source.Reads += entries.Count;
            await foreach (var message in inner.ReadAsync(entries, cancel))
                yield return message.Entry.Id == source.LostAt ? throw new MailSessionException(MailSessionFault.ConnectionLost, "The connection was lost.") : message;
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
