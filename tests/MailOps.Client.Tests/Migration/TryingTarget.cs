using System.Text;
using MailOps.Client.Migration;
using MailOps.Wire;

namespace MailOps.Client.Tests.Migration;

/// <summary>A target that loses the connection at one message, cannot be reached, denies the folders that it makes, or numbers folders otherwise in its list.</summary>
internal sealed class TryingTarget(IMailboxWriter inner) : IMailboxWriter
{
    public string? LostAt { get; init; }

    public bool IsAway { get; init; }

    public bool DeniesFolders { get; init; }

    public string? ListedEpoch { get; init; }

    /// <summary>The connection is lost at the first messages that are added.</summary>
    public bool LosesFirst { get; set; }

    public bool EndsAlone { get; init; }

    public string Name => inner.Name;

    public bool CanMirror => true;

    public async Task<IReadOnlyList<MailFolder>> ListAsync(CancellationToken cancel)
    {
        var folders = await inner.ListAsync(cancel);
        return ListedEpoch is null ? folders : [.. folders.Select(folder => folder with { Epoch = ListedEpoch })];
    }

    public string NameOf(IReadOnlyList<string> levels) => inner.NameOf(levels);

    public async Task CreateAsync(string name, string? use, CancellationToken cancel)
    {
        await inner.CreateAsync(name, use, cancel);
        if (DeniesFolders)
            throw new MailSessionException(MailSessionFault.CommandRefused, "The server refused CREATE: NO Mailbox already exists.");
    }

    public Task SubscribeAsync(string name, CancellationToken cancel) => inner.SubscribeAsync(name, cancel);

    public async Task<IFolderWriter> OpenAsync(string folder, CancellationToken cancel) =>
        IsAway ? throw new MailSessionException(MailSessionFault.ConnectFailed, "The server is away.") : new Opened(this, await inner.OpenAsync(folder, cancel));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Opened(TryingTarget target, IFolderWriter inner) : IFolderWriter
    {
        public string Epoch => inner.Epoch;

        public int Count => inner.Count;

        public string? State => inner.State;

        public IAsyncEnumerable<IReadOnlyList<MailEntry>> ListAsync(CancellationToken cancel) => inner.ListAsync(cancel);

        public IAsyncEnumerable<MailContent> ReadAsync(IReadOnlyList<MailEntry> entries, CancellationToken cancel) => inner.ReadAsync(entries, cancel);

        public Task<AddResult> AddAsync(IReadOnlyList<MailContent> messages, CancellationToken cancel)
        {
            var isFirst = target.LosesFirst;
            target.LosesFirst = false;
            return isFirst || IsLost(messages) ? throw new MailSessionException(MailSessionFault.ConnectionLost, "The connection was lost.") : inner.AddAsync(messages, cancel);
        }

        private bool IsLost(IReadOnlyList<MailContent> messages) =>
            target.LostAt is { } lost && messages.Any(message => message.Octets!.Hash == MessageSpool.Of(Encoding.Latin1.GetBytes(lost)).Hash);

        public Task SetFlagsAsync(IReadOnlyList<(string Id, string Flags)> messages, CancellationToken cancel) => inner.SetFlagsAsync(messages, cancel);

        public Task RemoveAsync(IReadOnlyList<string> ids, CancellationToken cancel) => inner.RemoveAsync(ids, cancel);

        public Task RefreshAsync(CancellationToken cancel) => inner.RefreshAsync(cancel);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
