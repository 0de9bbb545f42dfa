using System.Management.Automation;
using MailOps.Client.Messages;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Messages;

/// <summary>Saves parts of messages as files of a folder, and never outside of it.</summary>
/// <para>Names come from strangers, and are made safe (SafeFileName of Get-MimePart): folders, drives, streams, names of devices, dots and spaces at the end,
/// and characters that are not seen or turn the direction of writing are taken out. The same name comes out on every system.</para>
/// <para>What is there is not touched: a second file of a name has a number, also where names differ in case alone. With Force it is replaced; a link is then
/// replaced itself, and what it leads to is not touched.</para>
/// <example><code>Get-MimePart ./letter.eml -Attachment | Save-MimePart ./attachments</code><para>Saves the attachments of a message file.</para></example>
/// <example><code>Get-Pop3Message pop.example.com -Credential $john | Save-MimePart ./inbox -WhatIf</code><para>Shows which attachments would be saved of the messages of a mailbox.</para></example>
[Cmdlet(VerbsData.Save, "MimePart", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class SaveMimePartCommand : MimePartCmdlet
{
    private PartFolder? _folder;

    /// <summary>Parts of Get-MimePart; or messages, of which attachments and all that has a name are saved.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [Alias("Message", "Part")]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <summary>The folder; it is made if it is missing.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("Destination", "Folder")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Replaces files of the same names that were there before.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var value = MessageArgument.Bare(InputObject!);
        IEnumerable<MimePartInfo> parts = value is MimePartInfo one ? [one] : PartsOf(value).Where(part => part.IsAttachment || part.FileName is not null);
        foreach (var part in parts)
            Save(part);
    }

    private void Save(MimePartInfo part)
    {
        try
        {
            _folder ??= new PartFolder(GetUnresolvedProviderPathFromPSPath(Path));
            if (ShouldProcess(System.IO.Path.Join(_folder.FullName, part.SafeFileName), $"Save {part}"))
                WriteObject(_folder.Save(part, Force));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            WriteError(ErrorRecords.From(e, part));
        }
    }
}
