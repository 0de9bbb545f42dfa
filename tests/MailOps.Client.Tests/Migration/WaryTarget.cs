using MailOps.Client.Maildirs;
using MailOps.Client.Migration;
using MailOps.Wire;

namespace MailOps.Client.Tests.Migration;

/// <summary>A mailbox that does not tell what the messages are called that come into it, as servers without UIDPLUS, and that can lose the connection before they do.</summary>
internal sealed class WaryTarget(IMailboxWriter inner) : IMailboxWriter
{
    /// <summary>True to lose the connection before the next messages arrive, once.</summary>
    public bool LosesConnection { get; set; }

    /// <summary>What it calls no folder.</summary>
    public string? RefusedName { get; init; }

    /// <summary>True to take no subscription.</summary>
    public bool RefusesSubscriptions { get; init; }

    public string Name => inner.Name;

    public bool CanMirror => inner.CanMirror;

    public Task<IReadOnlyList<MailFolder>> ListAsync(CancellationToken cancel) => inner.ListAsync(cancel);

    public string NameOf(IReadOnlyList<string> levels) => inner.NameOf(levels);

    public Task CreateAsync(string name, string? use, CancellationToken cancel) =>
        name == RefusedName ? throw new MaildirException(MaildirFault.InvalidFolderName, $"No folder can be called '{name}'.") : inner.CreateAsync(name, use, cancel);

    public Task SubscribeAsync(string name, CancellationToken cancel) =>
        RefusesSubscriptions ? throw new MailSessionException(MailSessionFault.CommandRefused, "No subscriptions here.") : inner.SubscribeAsync(name, cancel);

    public async Task<IFolderWriter> OpenAsync(string folder, CancellationToken cancel) => new Folder(this, await inner.OpenAsync(folder, cancel));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Folder(WaryTarget target, IFolderWriter inner) : IFolderWriter
    {
        public string Epoch => inner.Epoch;

        public int Count => inner.Count;

        public string? State => inner.State;

        public IAsyncEnumerable<IReadOnlyList<MailEntry>> ListAsync(CancellationToken cancel) => inner.ListAsync(cancel);

        public IAsyncEnumerable<MailContent> ReadAsync(IReadOnlyList<MailEntry> entries, CancellationToken cancel) => inner.ReadAsync(entries, cancel);

        public Task SetFlagsAsync(IReadOnlyList<(string Id, string Flags)> messages, CancellationToken cancel) => inner.SetFlagsAsync(messages, cancel);

        public Task RemoveAsync(IReadOnlyList<string> ids, CancellationToken cancel) => inner.RemoveAsync(ids, cancel);

        public Task RefreshAsync(CancellationToken cancel) => inner.RefreshAsync(cancel);

        public async Task<AddResult> AddAsync(IReadOnlyList<MailContent> messages, CancellationToken cancel)
        {
            if (target.LosesConnection)
            {
                target.LosesConnection = false;
                throw new MailSessionException(MailSessionFault.ConnectionLost, "The connection was lost.");
            }

            var result = await inner.AddAsync(messages, cancel);
            return result with { Outcomes = [.. result.Outcomes.Select(outcome => outcome is { } known ? known with { Id = null } : outcome)] };
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
