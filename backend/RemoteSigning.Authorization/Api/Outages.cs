using System.Data.Common;
using RemoteSigning.Contracts;
using RemoteSigning.Cryptoki;

namespace RemoteSigning.Authorization.Api;

/// <summary>An HSM or a database that is away is nobody's mistake: the caller is told to come back.</summary>
internal static class Outages
{
    public static async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (HsmException e)
        {
            throw new ProblemException(Problem.Unavailable, ProblemCodes.HsmUnavailable, "The HSM cannot be reached now.", e);
        }
        catch (Exception e) when (Chain(e).OfType<DbException>().Any(d => d.IsTransient))
        {
            throw new ProblemException(
                Problem.Unavailable, ProblemCodes.ServiceUnavailable, "The database cannot be reached now.", e);
        }
    }

    private static IEnumerable<Exception> Chain(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            yield return e;
        }
    }
}
