using MailOps.Dns;
using MailOps.Trust.MtaSts;

namespace MailOps.Server.Queue.Security;

/// <summary>A server's MTA-STS: its cache in the store, and the look at what is due in it, once an hour (RFC 8461 sections 3.3 and 10.2).</summary>
internal sealed class MtaStsService : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromHours(1);

    private readonly MtaStsFetcher _fetcher;
    private readonly Action<Exception> _fault;
    private readonly CancellationTokenSource _end = new();
    private readonly ITimer _timer;
    private Task _refreshing = Task.CompletedTask;

    /// <summary>Begins.</summary>
    /// <param name="directory">Where policies are kept; it is made if it is not there.</param>
    /// <param name="resolver">Asks for TXT records and policy hosts. It stays its owner's.</param>
    /// <param name="options">How policies are fetched.</param>
    /// <param name="fault">Is told of what should not happen.</param>
    /// <exception cref="IOException">The directory cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be made.</exception>
    public MtaStsService(string directory, MailResolver resolver, MtaStsFetcherOptions options, Action<Exception> fault)
    {
        var cache = new MtaStsCache(directory);
        _fetcher = new MtaStsFetcher(resolver, options);
        _fault = fault;
        Evaluator = new MtaStsEvaluator(resolver, _fetcher, cache, options.TimeProvider);
        _timer = options.TimeProvider.CreateTimer(_ => Refresh(), null, Beat, Beat);
    }

    /// <summary>Who knows the domains' policies.</summary>
    public MtaStsEvaluator Evaluator { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await _end.CancelAsync();
        await _refreshing;
        Evaluator.Dispose();
        _fetcher.Dispose();
        _end.Dispose();
    }

    private void Refresh()
    {
        if (_refreshing.IsCompleted)
            _refreshing = RefreshAsync();
    }

    private async Task RefreshAsync()
    {
        try
        {
            await Evaluator.RefreshAsync(_end.Token);
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // What is due is looked at by the next.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _fault(e);
        }
    }
}
