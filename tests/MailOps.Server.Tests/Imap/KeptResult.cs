using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>The result of a search as a client keeps it, which changes it as it is told (RFC 5267 section 4.3.2).</summary>
/// <param name="tag">The tag of the search.</param>
/// <param name="command">The command, for who asks again.</param>
internal sealed partial class KeptResult(string tag, string command)
{
    private readonly List<uint> _numbers = [];

    public string Tag => tag;

    public string Command => command;

    public IReadOnlyList<uint> Numbers => _numbers;

    public void Hear(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            if (!command.StartsWith("uid", StringComparison.Ordinal) && ExpungePattern().Match(line) is { Success: true } expunge)
                Expunge(uint.Parse(expunge.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
            if (line.StartsWith($"* ESEARCH (TAG \"{tag}\")", StringComparison.Ordinal))
                Take(line);
        }
    }

    private void Take(string line)
    {
        if (AllPattern().Match(line) is { Success: true } all)
            _numbers.AddRange(Expand(all.Groups[1].Value));
        foreach (var item in ItemPattern().Matches(line).Cast<Match>())
        {
            var words = item.Groups[2].Value.Split(' ');
            for (var i = 0; i < words.Length; i += 2)
                Change(item.Groups[1].Value == "ADDTO", int.Parse(words[i], CultureInfo.InvariantCulture), Expand(words[i + 1]));
        }
    }

    private void Change(bool isAdded, int position, List<uint> numbers)
    {
        if (isAdded)
            Assert.DoesNotContain(numbers, _numbers.Contains);
        else
            Assert.All(numbers, number => Assert.Contains(number, _numbers));
        if (position > 0 && isAdded)
        {
            _numbers.InsertRange(position - 1, numbers);
        }
        else if (position > 0)
        {
            Assert.Equal(numbers, _numbers.GetRange(position - 1, numbers.Count));
            _numbers.RemoveRange(position - 1, numbers.Count);
        }
        else if (isAdded)
        {
            _numbers.AddRange(numbers);
            _numbers.Sort();
        }
        else
        {
            _numbers.RemoveAll(numbers.Contains);
        }
    }

    // It was taken out before.
    private void Expunge(uint number)
    {
        Assert.DoesNotContain(number, _numbers);
        for (var i = 0; i < _numbers.Count; i++)
            _numbers[i] -= _numbers[i] > number ? 1u : 0;
    }

    private static List<uint> Expand(string set) =>
        [.. set.Split(',').Select(part => part.Split(':').Select(word => uint.Parse(word, CultureInfo.InvariantCulture)).ToArray())
            .SelectMany(ends => Enumerable.Range((int)ends[0], (int)(ends[^1] - ends[0]) + 1).Select(number => (uint)number))];

    [GeneratedRegex(@"^\* (?<n>\d+) EXPUNGE$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ExpungePattern();

    [GeneratedRegex(@" ALL (?<set>[\d:,]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AllPattern();

    [GeneratedRegex(@" (?<item>ADDTO|REMOVEFROM) \((?<steps>[\d:, ]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ItemPattern();
}
