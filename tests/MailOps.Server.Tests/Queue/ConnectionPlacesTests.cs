using MailOps.Server.Queue;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Scheduling;
using MailOps.Server.Queue.Security;
using MailOps.Smtp;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>Who gets the next connection.</summary>
public sealed class ConnectionPlacesTests
{
    private static readonly DateTimeOffset Now = new(2120, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ConnectionPlaces _places = new(4);

    [Fact]
    public void The_dead_share_a_half_and_leave_the_other_to_those_that_answer()
    {
        var first = Assert.IsType<ConnectionPlaces.Place>(_places.TryTake(Dead("a")));
        Assert.NotNull(_places.TryTake(Dead("b")));
        var third = Dead("c");
        Assert.Null(_places.TryTake(third));
        Assert.NotNull(_places.TryTake(Alive("d")));
        Assert.NotNull(_places.TryTake(Alive("e")));
        Assert.False(_places.TryNext(out _));

        _places.Return(first);
        Assert.True(_places.TryNext(out var next));
        Assert.Same(third, next);
        Assert.False(_places.TryNext(out _));
    }

    [Fact]
    public void Those_that_answer_have_the_next_place_and_the_dead_are_tried_all_the_same()
    {
        var taken = Enumerable.Range(0, 4).Select(i => Assert.IsType<ConnectionPlaces.Place>(_places.TryTake(Alive($"{i}")))).ToList();
        var (dead, other, one, two) = (Dead("dead"), Dead("other"), Alive("one"), Alive("two"));
        Assert.All([dead, other, one, two, one], destination => Assert.Null(_places.TryTake(destination)));

        var order = new List<Destination>();
        foreach (var place in taken)
        {
            _places.Return(place);
            Assert.True(_places.TryNext(out var next));
            order.Add(next);
            Assert.NotNull(_places.TryTake(next));
            Assert.False(_places.TryNext(out _));
        }

        Assert.Equal([dead, one, two, other], order);
    }

    [Fact]
    public void A_place_without_work_is_wanted_by_those_who_could_have_it()
    {
        Assert.False(_places.AreWanted);
        Assert.NotNull(_places.TryTake(Dead("a")));
        Assert.NotNull(_places.TryTake(Dead("b")));
        Assert.NotNull(_places.TryTake(Alive("c")));
        Assert.NotNull(_places.TryTake(Alive("d")));
        Assert.False(_places.AreWanted);
        Assert.Null(_places.TryTake(Dead("e")));
        Assert.False(_places.AreWanted);
        Assert.Null(_places.TryTake(Alive("f")));
        Assert.True(_places.AreWanted);
    }

    [Fact]
    public void Who_answers_again_while_waiting_among_the_dead_takes_a_place_at_once()
    {
        Assert.NotNull(_places.TryTake(Dead("a")));
        Assert.NotNull(_places.TryTake(Dead("b")));
        var back = Dead("c");
        Assert.Null(_places.TryTake(back));
        Assert.True(back.TryNow(Now));
        back.Refused(new SmtpReply(450, new EnhancedStatusCode(4, 2, 0), "Later"));
        Assert.False(Assert.IsType<ConnectionPlaces.Place>(_places.TryTake(back)).IsDoubtful);
    }

    private static Destination Dead(string name)
    {
        var destination = Alive(name);
        destination.Failed(new SmtpReply(451, new EnhancedStatusCode(4, 4, 1), "No answer"), Now, new QueueOptions());
        return destination;
    }

    private static Destination Alive(string name)
    {
        Assert.True(RouteTarget.TryParse($"{name}.example", out var target, out _));
        return new Destination(target, SecurityDemand.Usual, maxConnections: 20, pace: null);
    }
}
