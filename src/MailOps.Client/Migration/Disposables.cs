namespace MailOps.Client.Migration;

/// <summary>Things that are disposed together.</summary>
internal readonly struct Disposables<T>(IReadOnlyCollection<T> items) : IDisposable
    where T : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var item in items)
            item.Dispose();
    }
}
