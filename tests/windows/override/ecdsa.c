#include "ecdsa.h"

#include <string.h>

enum { WORDS = 7 }; /* of 64 bits, the least significant first: room for a carry above 384 bits */

typedef struct number {
    uint64_t words[WORDS];
} number;

/* In Jacobian coordinates: x / z^2, y / z^3; z = 0 is the point at infinity. */
typedef struct point {
    number x;
    number y;
    number z;
} point;

typedef struct curve {
    unsigned bits;
    const char *prime;
    const char *order;
    const char *x;
    const char *y;
} curve;

static const curve curves[] = {{256,
                                "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
                                "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
                                "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
                                "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"},
                               {384,
                                "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeff"
                                "ffffff0000000000000000ffffffff",
                                "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf58"
                                "1a0db248b0a77aecec196accc52973",
                                "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a3855"
                                "02f25dbf55296c3a545e3872760ab7",
                                "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a"
                                "60b1ce1d7e819d7a431d7c90ea0e5f"}};

static number from_bytes(const uint8_t *bytes, size_t length)
{
    number result = {{0}};
    for (size_t i = 0; i < length; i++)
        result.words[i / 8] |= (uint64_t)bytes[length - 1 - i] << 8 * (i % 8);
    return result;
}

static number from_text(const char *text)
{
    number result = {{0}};
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        char digit = text[length - 1 - i];
        uint64_t value = (uint64_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
        result.words[i / 16] |= value << 4 * (i % 16);
    }
    return result;
}

static bool is_zero(const number *a)
{
    static const number zero;
    return memcmp(a, &zero, sizeof zero) == 0;
}

static bool less(const number *a, const number *b)
{
    for (int i = WORDS - 1; i >= 0; i--) {
        if (a->words[i] != b->words[i])
            return a->words[i] < b->words[i];
    }
    return false;
}

static bool bit(const number *a, unsigned i)
{
    return (a->words[i / 64] >> i % 64 & 1) != 0;
}

static number subtract(number a, const number *b)
{
    uint64_t borrow = 0;
    for (int i = 0; i < WORDS; i++) {
        uint64_t taken = a.words[i] - b->words[i];
        uint64_t next = a.words[i] < b->words[i] || taken < borrow;
        a.words[i] = taken - borrow;
        borrow = next;
    }
    return a;
}

/* From here on all are below m, and m has a word to spare. */

static number add(number a, const number *b, const number *m)
{
    uint64_t carry = 0;
    for (int i = 0; i < WORDS; i++) {
        uint64_t sum = a.words[i] + b->words[i];
        uint64_t next = sum < b->words[i] || sum + carry < sum;
        a.words[i] = sum + carry;
        carry = next;
    }
    return less(&a, m) ? a : subtract(a, m);
}

static number minus(const number *a, const number *b, const number *m)
{
    number negative = is_zero(b) ? *b : subtract(*m, b);
    return add(*a, &negative, m);
}

static number times(const number *a, const number *b, const number *m)
{
    number result = {{0}};
    for (unsigned i = (WORDS - 1) * 64; i-- > 0;) {
        result = add(result, &result, m);
        if (bit(b, i))
            result = add(result, a, m);
    }
    return result;
}

/* m is prime: a^(m-2). */
static number inverse(const number *a, const number *m)
{
    const number two = {{2}};
    number exponent = subtract(*m, &two);
    number result = {{1}};
    for (unsigned i = (WORDS - 1) * 64; i-- > 0;) {
        result = times(&result, &result, m);
        if (bit(&exponent, i))
            result = times(&result, a, m);
    }
    return result;
}

/* On a curve with a = -3. */
static point doubled(const point *a, const number *m)
{
    number zz = times(&a->z, &a->z, m);
    number yy = times(&a->y, &a->y, m);
    number xyy = times(&a->x, &yy, m);
    number left = minus(&a->x, &zz, m);
    number right = add(a->x, &zz, m);
    number slope = times(&left, &right, m);
    number twice = add(slope, &slope, m);
    slope = add(twice, &slope, m);
    number xyy2 = add(xyy, &xyy, m);
    number xyy4 = add(xyy2, &xyy2, m);
    number xyy8 = add(xyy4, &xyy4, m);
    number square = times(&slope, &slope, m);
    number yyyy = times(&yy, &yy, m);
    point result;
    result.x = minus(&square, &xyy8, m);
    for (int i = 0; i < 3; i++)
        yyyy = add(yyyy, &yyyy, m);
    number rest = minus(&xyy4, &result.x, m);
    rest = times(&slope, &rest, m);
    result.y = minus(&rest, &yyyy, m);
    number yz = times(&a->y, &a->z, m);
    result.z = add(yz, &yz, m);
    return result;
}

static point sum(const point *a, const point *b, const number *m)
{
    if (is_zero(&a->z))
        return *b;
    if (is_zero(&b->z))
        return *a;
    number azz = times(&a->z, &a->z, m);
    number bzz = times(&b->z, &b->z, m);
    number u1 = times(&a->x, &bzz, m);
    number u2 = times(&b->x, &azz, m);
    number azzz = times(&azz, &a->z, m);
    number bzzz = times(&bzz, &b->z, m);
    number s1 = times(&a->y, &bzzz, m);
    number s2 = times(&b->y, &azzz, m);
    number h = minus(&u2, &u1, m);
    number r = minus(&s2, &s1, m);
    if (is_zero(&h) && is_zero(&r))
        return doubled(a, m);
    number hh = times(&h, &h, m);
    number hhh = times(&hh, &h, m);
    number v = times(&u1, &hh, m);
    number square = times(&r, &r, m);
    point result;
    result.x = minus(&square, &hhh, m);
    result.x = minus(&result.x, &v, m);
    result.x = minus(&result.x, &v, m);
    number rest = minus(&v, &result.x, m);
    rest = times(&r, &rest, m);
    number part = times(&s1, &hhh, m);
    result.y = minus(&rest, &part, m);
    result.z = times(&a->z, &b->z, m);
    result.z = times(&result.z, &h, m);
    return result;
}

/* u * g + v * q. */
static point combine(const number *u, const point *g, const number *v, const point *q,
                     const number *m)
{
    point result = {{{0}}, {{0}}, {{0}}};
    for (unsigned i = (WORDS - 1) * 64; i-- > 0;) {
        result = doubled(&result, m);
        if (bit(u, i))
            result = sum(&result, g, m);
        if (bit(v, i))
            result = sum(&result, q, m);
    }
    return result;
}

static number below(number a, const number *m)
{
    return less(&a, m) ? a : subtract(a, m);
}

static bool verify(const curve *on, const uint8_t *key, const uint8_t *hash, size_t hash_length,
                   const uint8_t *signature)
{
    size_t length = on->bits / 8;
    number m = from_text(on->prime);
    number n = from_text(on->order);
    number r = from_bytes(signature, length);
    number s = from_bytes(signature + length, length);
    point g = {from_text(on->x), from_text(on->y), {{1}}};
    point q = {from_bytes(key, length), from_bytes(key + length, length), {{1}}};
    if (is_zero(&r) || is_zero(&s) || !less(&r, &n) || !less(&s, &n))
        return false;
    number e = below(from_bytes(hash, hash_length < length ? hash_length : length), &n);
    number w = inverse(&s, &n);
    number u = times(&e, &w, &n);
    number v = times(&r, &w, &n);
    point found = combine(&u, &g, &v, &q, &m);
    if (is_zero(&found.z))
        return false;
    number zz = times(&found.z, &found.z, &m);
    number inverted = inverse(&zz, &m);
    number x = below(times(&found.x, &inverted, &m), &n);
    return memcmp(&x, &r, sizeof x) == 0;
}

bool ecdsa_verify(unsigned bits, const uint8_t *key, const uint8_t *hash, size_t hash_length,
                  const uint8_t *signature)
{
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        if (curves[i].bits == bits)
            return verify(&curves[i], key, hash, hash_length, signature);
    }
    return false;
}
