using System.Net;
using MailOps.Dns;

namespace MailOps.Server.Queue.Routing;

/// <summary>A host that takes the mail of a target.</summary>
/// <param name="Name">Its name with A-labels, its address, or the path of a socket.</param>
/// <param name="Port">The port; 0 for a socket.</param>
/// <param name="Preference">Its preference: the lowest is tried first.</param>
/// <param name="Addresses">Its addresses; none for a socket, and for a host of which <see cref="Problem"/> says why.</param>
internal sealed record RouteHost(string Name, int Port, int Preference, IReadOnlyList<IPAddress> Addresses)
{
    /// <summary>Why it cannot be tried, or null.</summary>
    public string? Problem { get; init; }

    /// <summary>The record that names it, or null if an administrator did.</summary>
    public MxRecord? Record { get; init; }
}
