using MailOps.Wire;

namespace MailOps.Client.Mailboxes;

/// <summary>A connection that is logged in and may wait for its next use.</summary>
internal interface IPooledConnection : IAsyncDisposable
{
    /// <summary>Asks the server whether it is still there. False, not an exception, where it is not.</summary>
    Task<bool> IsAliveAsync(CancellationToken cancel);

    /// <summary>Says goodbye.</summary>
    /// <exception cref="MailSessionException">It was not answered.</exception>
    Task CloseAsync(CancellationToken cancel);
}
