using System.Management.Automation;
using MailOps.Client.Sessions;
using MailOps.Cmdlets.Runtime;
using MailOps.Wire;

namespace MailOps.Cmdlets.Messages;

/// <summary>The errors of a message that did not reach all its recipients: one for each who was refused, and one for what is common to all.</summary>
internal static class SendErrors
{
    /// <summary>Makes them.</summary>
    public static IEnumerable<ErrorRecord> Of(IReadOnlyList<MailSendResult> results)
    {
        var what = results[0].Subject is { Length: > 0 } subject ? $"The message '{subject}'" : "The message";
        var refused = results.Where(one => one.Status == MailSendStatus.Refused).ToList();
        if (refused.Count == results.Count && refused.DistinctBy(one => (one.Code, one.Reply)).Count() == 1 && results.Count > 1)
        {
            yield return Refusal("MessageRefused", refused[0], $"{what} was refused for all {results.Count} recipients by {refused[0].Server}: {Words(refused[0])}");
            yield break;
        }

        foreach (var one in refused)
            yield return Refusal("RecipientRefused", one, $"{what} was refused for <{one.Recipient}> by {one.Server}: {Words(one)}");
        foreach (var group in results.Where(one => one.Status is MailSendStatus.NotSent or MailSendStatus.Unknown).GroupBy(one => (one.Status, one.Fault, one.Reply)))
            yield return Failure(what, [.. group]);
    }

    private static ErrorRecord Failure(string what, IReadOnlyList<MailSendResult> results)
    {
        var first = results[0];
        var whom = string.Join(", ", results.Take(5).Select(one => $"<{one.Recipient}>")) + (results.Count > 5 ? $" and {results.Count - 5} more" : "");
        if (first.Status == MailSendStatus.Unknown)
            return ErrorRecords.Finding("OutcomeUnknown", ErrorCategory.ConnectionError, $"{what} to {whom}: {first.Reply}", first);
        var error = ErrorRecords.From(new MailSessionException(first.Fault!.Value, first.Reply), first);
        error.ErrorDetails = new ErrorDetails($"{what} was not sent to {whom}: {first.Reply}");
        return error;
    }

    private static ErrorRecord Refusal(string id, MailSendResult result, string message) => ErrorRecords.Finding(id, ErrorCategory.InvalidResult, message, result);

    private static string Words(MailSendResult result) => $"{result.Code} {(result.EnhancedCode is null ? "" : result.EnhancedCode + " ")}{result.Reply}";
}
