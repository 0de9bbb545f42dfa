using System.Management.Automation;

namespace MailOps.Cmdlets.Runtime;

/// <summary>Messages, files and what else comes down the pipeline or is named, without what PowerShell wraps around it.</summary>
internal static class MessageArgument
{
    /// <summary>The value itself.</summary>
    public static object Bare(object value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    /// <summary>A message as it was given. A text of one line that names a file which is there is that file: a message has more lines.</summary>
    public static object Message(PSCmdlet cmdlet, object value) =>
        Bare(value) is string text && !text.AsSpan().ContainsAny('\r', '\n') && FileAt(cmdlet, text) is { } file ? file : Bare(value);

    /// <summary>What is attached: a text is the path of a file.</summary>
    public static object Attachment(PSCmdlet cmdlet, object value) => Bare(value) is string path ? new FileInfo(cmdlet.GetUnresolvedProviderPathFromPSPath(path)) : Bare(value);

    /// <summary>A certificate, or its file where it is given by path.</summary>
    public static object Certificate(PSCmdlet cmdlet, object value) => Attachment(cmdlet, value);

    /// <summary>Files by their paths.</summary>
    public static FileInfo[] Files(PSCmdlet cmdlet, IEnumerable<string> paths) => [.. paths.Select(path => new FileInfo(cmdlet.GetUnresolvedProviderPathFromPSPath(path)))];

    /// <summary>The text of a secret, or null.</summary>
    public static string? Secret(System.Security.SecureString? secret) => secret is null ? null : new System.Net.NetworkCredential("", secret).Password;

    // 'Subject: x' is no path, though it looks like one on a drive.
    private static FileInfo? FileAt(PSCmdlet cmdlet, string text)
    {
        try
        {
            return new FileInfo(cmdlet.GetUnresolvedProviderPathFromPSPath(text)) is { Exists: true } file ? file : null;
        }
        catch (Exception e) when (e is RuntimeException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
