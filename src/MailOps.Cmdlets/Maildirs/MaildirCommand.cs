using System.Management.Automation;
using MailOps.Client.Maildirs;
using MailOps.Cmdlets.Accounts;
using MailOps.Cmdlets.Runtime;
using MailOps.Maildir;

namespace MailOps.Cmdlets.Maildirs;

/// <summary>What the cmdlets of Maildirs share: which Maildir is meant.</summary>
public abstract class MaildirCommand : MailCmdlet
{
    // A field of one of our value types would have the class's layout need MailOps.Core before the module has said where it is.
    private int? _layout;

    /// <summary>The Maildir: the directory with cur, new and tmp in it, of any program. Binds the MailPath of Get-MailAccount's objects and directories of Get-ChildItem.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("MailPath", "FullName")]
    [AllowEmptyString]
    public string[] Path { get; set; } = [];

    /// <summary>In place of Path: the folder of a store, the one that Start-MailServer was given, in which Account has its mail.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StorePath { get; set; }

    /// <summary>In place of Path: accounts of the store in StorePath.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailAccountNameCompleter))]
    public string[] Account { get; set; } = [];

    /// <summary>How folders lie in the Maildir: MaildirPlusPlus (.Archive.2026) or Fs (Archive/2026). Without it what is found there; a Maildir without folders is taken for Maildir++. Binds the Layout of Get-Maildir's, Get-MaildirMessage's and Test-Maildir's objects.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public MaildirLayout? Layout
    {
        get => (MaildirLayout?)_layout;
        set => _layout = (int?)value;
    }

    /// <summary>The Maildirs that are meant, as absolute paths; relative ones start at PowerShell's location. Writes an error if none is named.</summary>
    private protected List<string> Places()
    {
        var places = new List<string>();
        foreach (var path in Path)
        {
            if (path.Length == 0)
                WriteError(ErrorRecords.Finding("MaildirNotFound", ErrorCategory.ObjectNotFound, "The account has no Maildir: its name has no domain. Name the Maildir with -Path.", MyInvocation.MyCommand.Name));
            else
                places.Add(GetUnresolvedProviderPathFromPSPath(path));
        }

        if (Account.Length > 0 && StorePath is not null)
        {
            var store = GetUnresolvedProviderPathFromPSPath(StorePath);
            foreach (var account in Account)
            {
                try
                {
                    places.Add(MaildirAccounts.PathOf(store, account));
                }
                catch (IOException e)
                {
                    WriteError(ErrorRecords.From(e, account));
                }
            }
        }
        else if (Path.Length == 0)
        {
            WriteError(ErrorRecords.Finding("MaildirNotNamed", ErrorCategory.InvalidArgument, "No Maildir is named. Give -Path, or -StorePath with -Account, or pipe accounts or directories.", MyInvocation.MyCommand.Name));
        }

        return places;
    }
}
