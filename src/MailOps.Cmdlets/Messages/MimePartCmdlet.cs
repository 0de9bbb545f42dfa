using System.Management.Automation;
using MailOps.Client.Messages;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Messages;

/// <summary>What cmdlets for parts of messages share.</summary>
public abstract class MimePartCmdlet : MailCmdlet
{
    /// <summary>Reads the parts of a message. What is no message is an error, and the others go on.</summary>
    private protected IReadOnlyList<MimePartInfo> PartsOf(object message)
    {
        try
        {
            return [.. MimePartReader.Read(message)];
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            WriteError(ErrorRecords.From(e, message));
            return [];
        }
    }
}
