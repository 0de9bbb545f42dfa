namespace MailOps.Maildir.Folders;

internal sealed partial class Folder
{
    private void LoadIndex()
    {
    }

    private void SaveIndexIfSettled()
    {
    }
}
