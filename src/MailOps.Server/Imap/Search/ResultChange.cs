namespace MailOps.Server.Imap.Search;

/// <summary>How the result of a search changed.</summary>
/// <param name="Update">The search.</param>
/// <param name="Removed">What is taken out, first.</param>
/// <param name="Added">What is put in then.</param>
internal sealed record ResultChange(SearchUpdate Update, IReadOnlyList<ResultStep> Removed, IReadOnlyList<ResultStep> Added)
{
    /// <summary>True if a message is put in.</summary>
    public bool Adds(uint uid) => Added.Any(step => step.Uids.Contains(uid));
}
