using System.Management.Automation;
using MailOps.Client.Messages;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Messages;

/// <summary>Takes messages apart: their texts, pictures, attachments and the messages in them.</summary>
/// <para>Parts are numbered as IMAP has it (RFC 9051 section 6.4.5.1): 1.2 is the second part of the first. Content is decoded; Text is that of a text, by
/// its charset. FileName is what the message says and may be anything, SafeFileName is a name to save it under.</para>
/// <example><code>Get-ImapMessage -Session $session -Body | Get-MimePart -Attachment | Save-MimePart ./attachments</code><para>Saves the attachments of a folder's messages.</para></example>
/// <example><code>(Get-MimePart ./letter.eml -MediaType text/*).Text</code><para>Reads the texts of a message file.</para></example>
/// <example><code>Get-MaildirMessage ~/Maildir | Get-MimePart -FileName *.pdf | Measure-Object Size -Sum</code><para>Counts the octets of all PDF files in a Maildir.</para></example>
[Cmdlet(VerbsCommon.Get, "MimePart", DefaultParameterSetName = MessageSet)]
[OutputType(typeof(MimePartInfo))]
public sealed class GetMimePartCommand : MimePartCmdlet
{
    private const string MessageSet = "Message";
    private const string PathSet = "Path";

    /// <summary>A message: a MimeKit.MimeMessage, a file of Get-ChildItem, text (header and all), bytes, or a message of Get-ImapMessage -Body, Get-Pop3Message or Get-MaildirMessage.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = MessageSet)]
    [Alias("InputObject")]
    [ValidateNotNull]
    public object? Message { get; set; }

    /// <summary>Files that each hold a message, with wildcards; a path with brackets that is there is that file.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet)]
    [Alias("LiteralPath")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>True for attachments alone: what is one by its own word.</summary>
    [Parameter]
    public SwitchParameter Attachment { get; set; }

    /// <summary>Media types such as text/plain, with wildcards.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? MediaType { get; set; }

    /// <summary>Names of files as the message has them, with wildcards.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? FileName { get; set; }

    /// <summary>Numbers of parts, such as 1.2.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Part { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var messages = ParameterSetName == PathSet ? Path.SelectMany(path => FilePaths.Of(this, path)).Select(path => (object)new FileInfo(path)) : [MessageArgument.Bare(Message!)];
        foreach (var part in messages.SelectMany(PartsOf).Where(IsWanted))
            WriteObject(part);
    }

    private bool IsWanted(MimePartInfo part) => (!Attachment || part.IsAttachment) && Fits(MediaType, part.MediaType) && Fits(FileName, part.FileName)
        && Part?.Contains(part.Part, StringComparer.Ordinal) != false;

    private static bool Fits(string[]? patterns, string? text) => patterns is null
        || (text is not null && Array.Exists(patterns, pattern => new WildcardPattern(pattern, WildcardOptions.IgnoreCase).IsMatch(text)));
}
