using Xunit;

namespace MailOps.Core.Tests.Trust.Arc;

/// <summary>Chains as the community's suite has them, and what else may stand in a header.</summary>
public sealed class ArcEvaluatorTests
{
    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    public async Task The_suite_is_passed_whatever_pieces_a_message_comes_in(int piece)
    {
        var wrong = new List<string>();
        var count = 0;
        foreach (var (name, message, expected, records) in ArcSuite.Tests().Where(test => test.Expected.Length > 0))
        {
            var verdict = await ArcSuite.EvaluateAsync(message, records, piece);
            count++;
            if (verdict.Status.ToString() != expected)
                wrong.Add($"{name}: {expected} asked for, {verdict.Status}: {verdict.Reason}");
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.Equal(168, count);
    }

    [Fact]
    public async Task Whatever_stands_in_a_header_has_a_verdict()
    {
        var (_, message, _, records) = ArcSuite.Tests().First(test => test.Name == "cv_pass_i2_1");
        Assert.Equal("Pass", (await ArcSuite.EvaluateAsync(message, records)).Status.ToString());
        var random = new Random(8617);
        for (var i = 0; i < 2_000; i++)
        {
            var changed = message.ToArray();
            for (var j = random.Next(1, 4); j > 0; j--)
                changed[random.Next(changed.Length)] = (byte)(random.Next(3) == 0 ? ";=:\r\n \0"[random.Next(7)] : random.Next(256));
            Assert.NotNull((await ArcSuite.EvaluateAsync(changed[..random.Next(changed.Length + 1)], records)).Reason);
        }
    }
}
