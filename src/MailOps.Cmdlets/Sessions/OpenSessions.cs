using System.Collections.Concurrent;
using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Sessions;

/// <summary>The sessions that are open in this process. Each ends with the module or the process at the latest.</summary>
internal static class OpenSessions
{
    private static readonly ConcurrentDictionary<int, (MailSession Session, IDisposable Lifetime)> Sessions = new();

    /// <summary>All that are open, in the order in which they were made.</summary>
    public static IEnumerable<MailSession> All => Sessions.OrderBy(entry => entry.Key).Select(entry => entry.Value.Session);

    /// <summary>Keeps a session. Called on the pipeline thread of the cmdlet that made it.</summary>
    public static void Add(MailSession session) =>
        Sessions[session.Id] = (session, ModuleLifetime.StopWithModule(_ => RemoveAsync(session.Id)));

    /// <summary>The one of that number, or null.</summary>
    public static MailSession? Find(int id) => Sessions.TryGetValue(id, out var entry) ? entry.Session : null;

    /// <summary>Closes a session, if there is one of that number.</summary>
    public static async Task RemoveAsync(int id)
    {
        if (!Sessions.TryRemove(id, out var entry))
            return;
        entry.Lifetime.Dispose();
        await entry.Session.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>What is said where no session has a number.</summary>
    public static ErrorRecord NotFound(int id) =>
        ErrorRecords.Finding("MailSessionNotFound", ErrorCategory.ObjectNotFound, $"No mail session with the number {id} is open in this process. Get-MailSession lists those that are.", id);
}
