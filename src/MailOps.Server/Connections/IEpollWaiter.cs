namespace MailOps.Server.Connections;

/// <summary>Who waits for a socket on an <see cref="EpollLoop"/>.</summary>
internal interface IEpollWaiter
{
    /// <summary>Called by the loop, on its thread: the socket may be ready.</summary>
    void Ready(bool read, bool written);
}
