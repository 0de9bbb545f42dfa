using System.Management.Automation;
using MailOps.Client.Migration;

namespace MailOps.Cmdlets.Runtime;

/// <summary>The addresses of mailboxes that cmdlets are given.</summary>
public static class MailboxArgument
{
    /// <summary>The mailbox that an address means. A path of files is made a full one, from where the session is and by its drives, and is not opened.</summary>
    /// <param name="cmdlet">The cmdlet that was given it.</param>
    /// <param name="text">The address.</param>
    /// <exception cref="MigrationException">It is none, or its path is not one of the file system.</exception>
    public static MailboxLocation Resolve(PSCmdlet cmdlet, string text)
    {
        var location = MailboxLocation.Parse(text);
        if (location.Path is null)
            return location;
        var path = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(location.Path, out var provider, out _);
        return provider.Name == "FileSystem"
            ? location.At(path)
            : throw new MigrationException(MigrationFault.InvalidLocation, $"{location} is a path of PowerShell's provider {provider.Name}. Name one of the file system.");
    }
}
