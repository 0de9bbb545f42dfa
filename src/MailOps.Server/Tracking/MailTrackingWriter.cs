using MailOps.Maildir.Disk;
using MailOps.Server.Connections;

namespace MailOps.Server.Tracking;

/// <summary>Writes down what is done to a store while no server runs on it.</summary>
public static class MailTrackingWriter
{
    // How long rows are kept is the server's to say.
    private static readonly TrackingOptions Everything = new() { MaxAge = TimeSpan.FromDays(TrackingOptions.MostDays), MaxSize = TrackingOptions.MostSize };

    /// <summary>Adds rows to the log of a store, as its owner would. A store that has no log gets none.</summary>
    /// <param name="storePath">The store's folder.</param>
    /// <param name="happened">What happened.</param>
    /// <returns>What was in the way, as a sentence; null if all is written, or nothing is to be.</returns>
    public static async Task<string?> WriteAsync(string storePath, IReadOnlyList<ServerEvent> happened)
    {
        var folder = TrackingFolder.Of(storePath);
        if (happened.Count == 0 || !Directory.Exists(folder))
            return null;
        string? problem = null;
        using IMaildirDisk plain = OperatingSystem.IsLinux() ? new LinuxDisk() : new PortableDisk();
        await using (var log = new TrackingLog(OwnersDisk.Wrap(plain, folder), folder, Everything, TimeProvider.System, told => problem = (told as ServerFaulted)?.Exception.Message))
        {
            foreach (var one in happened)
                log.Take(one);
        }

        return problem;
    }
}
