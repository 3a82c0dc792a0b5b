"use strict";
(() => {
  // node_modules/preact/dist/preact.mjs
  var n;
  var t;
  var r;
  var u;
  var i;
  var f;
  var o;
  var e;
  var l;
  var c;
  var a;
  var s;
  var h = /* @__PURE__ */ Symbol.for("pv");
  var p = {};
  var y = [];
  var v = /^m(i|n|o|s|text|space)$/;
  var w = Array.isArray;
  var d = y.slice;
  var _ = Object.assign;
  function g(n3) {
    n3 && n3.parentNode && n3.remove();
  }
  function k(n3, t4, r4) {
    var u4, i4, f5, o5 = {}, e4 = arguments.length;
    for (f5 in t4) "key" == f5 ? u4 = t4[f5] : "ref" == f5 && "function" != typeof n3 ? i4 = t4[f5] : o5[f5] = t4[f5];
    return e4 > 2 && (o5.children = e4 > 3 ? d.call(arguments, 2) : r4), m(n3, o5, u4, i4, null);
  }
  function m(r4, u4, i4, f5, o5) {
    var e4 = { type: r4, props: u4, key: i4, ref: f5, __k: null, __: null, __b: 0, __e: null, __c: null, constructor: h, __v: o5 || ++t, __i: -1, __u: 0 };
    return !o5 && n.vnode && n.vnode(e4), e4;
  }
  function $(n3) {
    return n3.children;
  }
  function x(n3, t4) {
    this.props = n3, this.context = t4, this.__g = 0;
  }
  function S(n3, t4) {
    if (null == t4) return n3.__ && S(n3.__, n3.__i + 1);
    for (var r4; t4 < n3.__k.length; t4++) if ((r4 = n3.__k[t4]) && r4.__e) return r4.__e;
    return "function" != typeof n3.type || n3.props.__P ? null : S(n3);
  }
  function C(t4) {
    var r4, u4 = t4.__v, i4 = u4.__e, f5 = [], o5 = [], e4 = t4.__P;
    e4 && ((r4 = _({ constructor: h }, u4)).__v = u4.__v + 1, n.vnode && n.vnode(r4), z(e4, r4, u4, t4.__n, e4.namespaceURI, 32 & u4.__u ? [i4] : null, f5, i4 || S(u4), 32 & u4.__u, o5), r4.__v = u4.__v, r4.__.__k[r4.__i] = r4, E(f5, r4, o5), u4.__ = u4.__e = null, r4.__e != i4 && j(r4));
  }
  function j(n3) {
    if ((n3 = n3.__) && n3.__c && !n3.props.__P) return n3.__e = null, n3.__k.some(function(t4) {
      return t4 && (n3.__e = t4.__e);
    }), j(n3);
  }
  function L(t4) {
    (8 & t4.__g || (t4.__g |= 8, u.push(t4), f++)) && i == n.debounceRendering || ((i = n.debounceRendering) || queueMicrotask)(H);
  }
  function H() {
    try {
      for (var n3, t4 = 1; u.length; ) u.length > t4 && u.sort(o), n3 = u.shift(), t4 = u.length, 8 & n3.__g && C(n3);
    } finally {
      (f = u.length) && (i || queueMicrotask)(H);
    }
  }
  function I(n3, t4, r4, u4, i4, f5, o5, e4, l4, c4, a5) {
    var s4, h5, v4, w5, d5, _4, g5 = u4.__k || y, k4 = t4.length;
    for (l4 = q(r4, t4, g5, l4, k4), s4 = 0; s4 < k4; s4++) null != (v4 = r4.__k[s4]) && (h5 = ~v4.__i && g5[v4.__i] || p, v4.__i = s4, _4 = z(n3, v4, h5, i4, f5, o5, e4, l4, c4, a5), w5 = v4.__e, (h5.ref != v4.ref || 8 & h5.__u) && (h5.ref && G(h5.ref, null, v4, h5), v4.ref && a5.push(v4.ref, v4.__c || w5, v4)), d5 = d5 || w5, 4 & v4.__u ? (l4 = A(v4, l4, n3, !h5.__v), h5.__e && (h5.__e = null)) : "function" == typeof v4.type && void 0 !== _4 ? l4 = _4 : w5 && (l4 = w5.nextSibling), v4.__u &= -21);
    return r4.__e = d5, l4;
  }
  function q(n3, t4, r4, u4, i4) {
    var f5, o5, e4, l4, c4, a5, s4, p5, y5, v4 = r4.length, d5 = v4, _4 = 0, g5 = 0, k4 = n3.__k = Array(i4);
    for (f5 = 0; f5 < i4; f5++) null != (o5 = t4[f5]) && "boolean" != typeof o5 && "function" != typeof o5 ? ("object" != typeof o5 || o5.constructor === String ? o5 = k4[f5] = m(null, o5) : w(o5) ? o5 = k4[f5] = m($, { children: o5 }) : o5.constructor === h && o5.__b ? o5 = k4[f5] = m(o5.type, o5.props, o5.key, o5.ref, o5.__v) : k4[f5] = o5, l4 = f5 + _4, o5.__ = n3, o5.__b = n3.__b + 1, e4 = null, ~(c4 = o5.__i = P(o5, r4, l4, d5)) && (d5--, (e4 = r4[c4]) && (e4.__u |= 2)), e4 && e4.__v ? (o5.__u |= 16, c4 == l4 - 1 ? _4-- : c4 == l4 + 1 ? _4++ : c4 != l4 && (c4 > l4 ? _4-- : _4++, g5 = 1)) : (~c4 || (i4 > v4 ? _4-- : i4 < v4 && _4++), "function" != typeof o5.type && (o5.__u |= 4))) : k4[f5] = null;
    if (g5) {
      for (a5 = [], s4 = [], f5 = 0; f5 < i4; f5++) if ((o5 = k4[f5]) && 16 & o5.__u) {
        for (_4 = 0, p5 = a5.length; _4 < p5; ) a5[y5 = _4 + p5 >> 1] < o5.__i ? _4 = y5 + 1 : p5 = y5;
        a5[_4] = o5.__i, s4[f5] = _4 + 1;
      }
      for (_4 = a5.length; f5--; ) s4[f5] && (s4[f5] == _4 ? _4-- : k4[f5].__u |= 4);
    }
    if (d5) for (f5 = 0; f5 < v4; f5++) !(e4 = r4[f5]) || 2 & e4.__u || (e4.__e == u4 && (u4 = S(e4)), J(e4, e4));
    return u4;
  }
  function A(n3, t4, r4, u4) {
    var i4, f5, o5, e4;
    if ("function" == typeof n3.type) {
      if (n3.props.__P) return t4;
      if (i4 = n3.__k) for (f5 = 0; f5 < i4.length; f5++) i4[f5] && (i4[f5].__ = n3, t4 = A(i4[f5], t4, r4, false));
      return t4;
    }
    for (t4 && !t4.parentNode && (t4 = S(n3)) && !t4.parentNode && (t4 = null), o5 = n3.__e, e4 = t4; e4 && 8 == e4.nodeType; ) e4 = e4.nextSibling;
    for (o5 != e4 && (!u4 && r4.moveBefore && o5.parentNode ? r4.moveBefore(o5, t4) : r4.insertBefore(o5, t4 || null)), t4 = o5; (t4 = t4 && t4.nextSibling) && 8 == t4.nodeType && !t4.data.startsWith("$s"); ) ;
    return t4;
  }
  function P(n3, t4, r4, u4) {
    var i4, f5 = n3.key, o5 = n3.type, e4 = t4[r4], l4 = e4 && !(2 & e4.__u);
    if (null === e4 && null == f5 || l4 && f5 == e4.key && o5 == e4.type) return r4;
    if (u4 > (l4 ? 1 : 0)) {
      for (i4 = r4 - 1; i4 >= 0; i4--) if ((e4 = t4[i4]) && !(2 & e4.__u) && f5 == e4.key && o5 == e4.type) return i4;
      for (i4 = r4 + 1; i4 < t4.length; i4++) if ((e4 = t4[i4]) && !(2 & e4.__u) && f5 == e4.key && o5 == e4.type) return i4;
    }
    return -1;
  }
  function T(n3, t4, r4) {
    null == r4 && (r4 = ""), "-" == t4[0] ? n3.setProperty(t4, r4) : n3[t4] = r4;
  }
  function N(n3, t4, r4, u4, i4) {
    var f5, o5;
    if ("style" == t4) if ("string" == typeof r4) n3.style.cssText = r4;
    else {
      if ("string" == typeof u4 && (n3.style.cssText = u4 = ""), u4) for (t4 in u4) r4 && t4 in r4 || T(n3.style, t4);
      if (r4) for (t4 in r4) u4 && r4[t4] == u4[t4] || T(n3.style, t4, r4[t4]);
    }
    else if ("o" == t4[0] && "n" == t4[1]) "function" != typeof r4 && (r4 = null), "function" != typeof u4 && (u4 = null), (n3.__e || (n3.__e = {}))[t4] = r4, r4 && u4 || (o5 = a[t4] || (a[t4] = V(t4)), (n3.__a || (n3.__a = {}))[t4] = c, f5 = t4 != (t4 = t4.replace(l, "$1")), (t4 = t4.slice(2))[0] < "a" && (t4 = t4.toLowerCase()), r4 ? n3.addEventListener(t4, o5, f5) : n3.removeEventListener(t4, o5, f5));
    else {
      if ("http://www.w3.org/2000/svg" == i4) t4 = t4.replace(/xlink(H|:h)/, "h").replace(/sName$/, "s");
      else if ("width" != t4 && "height" != t4 && "href" != t4 && "list" != t4 && "form" != t4 && "tabIndex" != t4 && "download" != t4 && "rowSpan" != t4 && "colSpan" != t4 && "role" != t4 && "popover" != t4 && t4 in n3) try {
        return void (n3[t4] = null == r4 ? "" : r4);
      } catch (n4) {
      }
      if ("function" == typeof r4) return;
      null == r4 || false === r4 && "-" != t4[4] ? n3.removeAttribute(t4) : n3.setAttribute(t4, "popover" == t4 && 1 == r4 ? "" : r4);
    }
  }
  function V(t4) {
    return function(r4) {
      var u4 = this.__e;
      if (u4) {
        if (u4 = u4[t4], null == r4[e]) r4[e] = c++;
        else if (r4[e] < this.__a[t4]) return;
        return u4(n.event ? n.event(r4) : r4);
      }
    };
  }
  function z(t4, r4, u4, i4, f5, o5, e4, l4, c4, a5) {
    var s4, p5, v4, d5, k4, b3, m5, M2, C3, j3, L2, H2, q2, A4, O2, P2, T4, N2, V2 = r4.type;
    if (r4.constructor !== h) return null;
    128 & u4.__u && (c4 = 32 & u4.__u, s4 = u4.__c.__z) && (r4.__u |= c4, p5 = o5 = [], 8 == s4.nodeType ? l4 = B(s4, o5) : o5.push(s4), l4 = o5[0] || l4), (s4 = n.__b) && s4(r4);
    n: if ("function" == typeof V2) {
      v4 = e4.length;
      try {
        if (M2 = r4.props, C3 = (s4 = V2.prototype) && s4.render, j3 = (s4 = V2.contextType) && i4[s4.__c], L2 = s4 ? j3 ? j3.props.value : s4.__ : i4, (d5 = u4.__c) ? (r4.__c = d5, 2 & d5.__g && (d5.__g |= 1)) : (C3 ? r4.__c = d5 = new V2(M2, L2) : (r4.__c = d5 = new x(M2, L2), d5.constructor = V2, d5.render = K), j3 && j3.sub(d5), d5.state || (d5.state = {}), d5.__n = i4, d5.__g |= 8, d5.__h = [], d5.__k = []), C3 && (d5.__s || (d5.__s = d5.state), V2.getDerivedStateFromProps && (d5.__s == d5.state && (d5.__s = _({}, d5.__s)), _(d5.__s, V2.getDerivedStateFromProps(M2, d5.__s)))), k4 = d5.props, b3 = d5.state, d5.__v = r4, u4.__c) {
          if (M2 !== k4 && C3 && !V2.getDerivedStateFromProps && d5.componentWillReceiveProps && d5.componentWillReceiveProps(M2, L2), r4.__v == u4.__v && !(8 & d5.__g) || !(4 & d5.__g) && d5.shouldComponentUpdate && false === d5.shouldComponentUpdate(M2, d5.__s, L2)) {
            r4.__v != u4.__v && (d5.props = M2, d5.state = d5.__s, d5.__g &= -9), r4.__e = u4.__e, r4.__k = u4.__k, r4.__k.some(function(n3) {
              n3 && (n3.__ = r4);
            }), y.push.apply(d5.__h, d5.__k), d5.__k = [], d5.__h.length && e4.push(d5), l4 = S(u4);
            break n;
          }
          d5.componentWillUpdate && d5.componentWillUpdate(M2, d5.__s, L2), C3 && d5.componentDidUpdate && d5.__h.push(function() {
            d5.componentDidUpdate(k4, b3, m5);
          });
        } else C3 && !V2.getDerivedStateFromProps && d5.componentWillMount && d5.componentWillMount(), C3 && d5.componentDidMount && d5.__h.push(d5.componentDidMount);
        d5.context = L2, d5.props = M2, d5.__P = t4, d5.__g &= -5, H2 = n.__r, q2 = C3 ? 25 : 0;
        do {
          d5.__g &= -9, H2 && H2(r4), s4 = d5.render(d5.props, d5.state = d5.__s, d5.context);
        } while (8 & d5.__g && ++q2 < 25);
        C3 && (y.push.apply(d5.__h, d5.__k), d5.__k = []), d5.state = d5.__s, d5.getChildContext && (i4 = _({}, i4, d5.getChildContext())), C3 && u4.__c && d5.getSnapshotBeforeUpdate && (m5 = d5.getSnapshotBeforeUpdate(k4, b3)), A4 = s4 && s4.type === $ && null == s4.key ? s4.props.children : s4, M2.__P && (s4 = l4, f5 = (t4 = M2.__P).namespaceURI, c4 = o5 = null, u4.props && u4.props.__P != t4 && (u4.__k.some(function(n3) {
          n3 && J(n3, n3);
        }), u4.__k = null), l4 = u4.__k ? S(u4, 0) : null), l4 = I(t4, w(A4) ? A4 : [A4], r4, u4, i4, f5, o5, e4, l4, c4, a5), M2.__P && (r4.__e = null, l4 = s4), r4.__u &= -161, p5 && p5.some(g), d5.__h.length && e4.push(d5), 1 & d5.__g && (d5.__g &= -4);
      } catch (t5) {
        if (e4.length = v4, r4.__v = null, c4 || o5) if (t5 && t5.then) {
          if (r4.__u |= 128 | c4, o5) {
            for (~(T4 = o5.indexOf(l4 || void 0)) || (T4 = o5.length); (N2 = o5[T4 - 1]) && 8 == N2.nodeType; ) T4--;
            for (; T4 < o5.length; T4++) if (N2 = o5[T4]) if (o5[T4] = null, O2) {
              if (N2 == P2) break;
            } else {
              if (8 != N2.nodeType) break;
              N2.data.startsWith("$s") && (P2 = B(O2 = N2));
            }
          }
          if (!O2) {
            for (; l4 && 8 == l4.nodeType && l4.nextSibling; ) l4 = l4.nextSibling;
            O2 = l4;
          }
          (s4 = B(O2 = r4.__c.__z || (r4.__c.__z = O2))) ? (r4.__e = O2, l4 = s4) : r4.__e = l4, l4 = l4 && l4.nextSibling;
        } else o5 && o5.some(g);
        else r4.__e = u4.__e;
        r4.__k || (r4.__k = u4.__k || []), t5 && t5.then || D(r4), n.__e(t5, r4, u4);
      }
    } else l4 = r4.__e = F(u4.__e, r4, u4, i4, f5, o5, e4, c4, a5, t4);
    return (s4 = n.diffed) && s4(r4), l4;
  }
  function B(n3, t4) {
    if (n3 && 8 == n3.nodeType && n3.data.startsWith("$s")) for (var r4 = 1; n3 = n3.nextSibling; ) {
      if (8 == n3.nodeType) {
        if (n3.data.startsWith("$s")) r4++;
        else if (n3.data.startsWith("/$s") && !--r4) return n3;
      }
      t4 && t4.push(n3);
    }
  }
  function D(n3) {
    n3 && (n3.__c && (n3.__c.__g |= 4), n3.__k && n3.__k.some(D));
  }
  function E(t4, r4, u4) {
    for (var i4 = 0; i4 < u4.length; ) G(u4[i4++], u4[i4++], u4[i4++]);
    n.__c && n.__c(r4, t4), t4.some(function(r5) {
      try {
        t4 = r5.__h, r5.__h = [], t4.some(function(n3) {
          n3.call(r5);
        });
      } catch (t5) {
        n.__e(t5, r5.__v);
      }
    });
  }
  function F(t4, r4, u4, i4, f5, o5, e4, l4, c4, a5) {
    var s4, h5, y5, _4, k4, b3, m5, M2, $2 = u4.props || p, x3 = r4.props, C3 = r4.type;
    if ("svg" == C3 ? f5 = "http://www.w3.org/2000/svg" : "math" == C3 ? f5 = "http://www.w3.org/1998/Math/MathML" : f5 || (f5 = "http://www.w3.org/1999/xhtml"), o5) {
      for (s4 = 0; s4 < o5.length; s4++) if ((k4 = o5[s4]) && (C3 ? k4.localName == C3 : 3 == k4.nodeType)) {
        t4 = k4, o5[s4] = null;
        break;
      }
    }
    if (!t4) {
      if (M2 = a5.ownerDocument || document, !C3) return M2.createTextNode(x3);
      t4 = M2.createElementNS(f5, C3, x3.is ? x3 : a5), l4 && (n.__m && n.__m(r4, o5), l4 = false), o5 = null;
    }
    if (C3) {
      if (a5 = "template" == C3 && t4.content || t4, o5 = "textarea" == C3 && null != x3.defaultValue ? null : o5 && d.call(a5.childNodes), !l4 && o5) for ($2 = {}, s4 = 0; s4 < t4.attributes.length; s4++) $2[(k4 = t4.attributes[s4]).name] = k4.value;
      for (s4 in $2) k4 = $2[s4], "dangerouslySetInnerHTML" == s4 ? y5 = k4 : "children" == s4 || s4 in x3 || "value" == s4 && "defaultValue" in x3 || "checked" == s4 && "defaultChecked" in x3 || N(t4, s4, null, k4, f5);
      for (s4 in x3) k4 = x3[s4], "children" == s4 ? _4 = k4 : "dangerouslySetInnerHTML" == s4 ? h5 = k4 : "value" == s4 ? b3 = k4 : "checked" == s4 ? m5 = k4 : l4 && "function" != typeof k4 || $2[s4] === k4 || N(t4, s4, k4, $2[s4], f5);
      h5 ? (l4 || y5 && (h5.__html == y5.__html || h5.__html == t4.innerHTML) || (t4.innerHTML = h5.__html), r4.__k = []) : (y5 && (t4.textContent = ""), ("foreignObject" == C3 || "http://www.w3.org/1998/Math/MathML" == f5 && v.test(C3)) && (f5 = "http://www.w3.org/1999/xhtml"), I(a5, w(_4) ? _4 : [_4], r4, u4, i4, f5, o5, e4, o5 ? o5[0] : u4.__k && S(u4, 0), l4, c4), o5 && o5.some(g)), l4 && "textarea" != C3 || (s4 = "value", "progress" == C3 && null == b3 ? t4.removeAttribute(s4) : null == b3 || b3 === t4[s4] && ("progress" != C3 || b3) || N(t4, s4, b3, $2[s4], f5), s4 = "checked", null != m5 && m5 != t4[s4] && N(t4, s4, m5, $2[s4], f5));
    } else $2 === x3 || l4 && t4.data == x3 || (t4.data = x3);
    return t4;
  }
  function G(t4, r4, u4, i4) {
    try {
      "function" == typeof t4 ? r4 ? r4.__x = t4(r4) || 1 : i4 && (i4 = i4.__c || i4.__e) && (r4 = i4.__x) && (i4.__x = null, "function" == typeof r4 ? r4() : t4(null)) : t4.current = r4;
    } catch (t5) {
      n.__e(t5, u4);
    }
  }
  function J(t4, r4, u4) {
    var i4, f5, o5, e4;
    if (n.unmount && n.unmount(t4), !(i4 = t4.ref) || i4.current && i4.current != t4.__e || G(i4, null, r4, t4), i4 = t4.__c) {
      if (i4.componentWillUnmount) try {
        i4.componentWillUnmount();
      } catch (t5) {
        n.__e(t5, r4);
      }
      i4.__P = i4.__n = null;
    }
    if (i4 = t4.__k) for (e4 = 0; e4 < i4.length; e4++) i4[e4] && J(i4[e4], r4, "function" != typeof t4.type || u4 && !t4.props.__P);
    !u4 && (i4 = t4.__c) && (i4 = i4.__z) && (f5 = B(i4, o5 = [])) && (i4 == t4.__e && o5.some(g), g(f5), g(i4)), u4 || g(t4.__e), t4.__e = t4.__c = t4.__ = null;
  }
  function K(n3, t4, r4) {
    return this.constructor(n3, r4);
  }
  function Q(t4, r4) {
    var u4, i4, f5, o5;
    n.__ && n.__(t4, r4), 9 == r4.nodeType && (r4 = r4.documentElement), i4 = (u4 = t4 && 32 & t4.__u) ? null : r4.__k, r4.__k = m($, { children: [t4] }), f5 = [], o5 = [], z(r4, r4.__k, i4 || p, p, r4.namespaceURI, i4 ? null : r4.firstChild ? d.call(r4.childNodes) : null, f5, i4 ? i4.__e : r4.firstChild, u4, o5), E(f5, r4.__k, o5), r4.__k.props.children = null;
  }
  n = { __e: function(n3, t4, r4, u4) {
    for (var i4, o5, e4; t4 = t4.__; ) if ((i4 = t4.__c) && !(1 & i4.__g)) {
      i4.__g |= 4;
      try {
        if ((e4 = (o5 = i4.constructor) && o5.getDerivedStateFromError) && i4.setState(o5.getDerivedStateFromError(n3)), i4.componentDidCatch && (i4.componentDidCatch(n3, u4 || {}), e4 = 1), e4 && 8 & i4.__g) return void (i4.__g |= 2);
      } catch (t5) {
        n3 = t5;
      }
    }
    throw f = 0, n3;
  } }, t = 0, r = function(n3) {
    return null != n3 && n3.constructor === h;
  }, x.prototype.setState = function(n3, t4) {
    var r4 = this.__s;
    r4 && r4 != this.state || (r4 = this.__s = _({}, this.state)), "function" == typeof n3 && (n3 = n3(_({}, r4), this.props)), n3 && (_(r4, n3), this.__v && (t4 && this.__k.push(t4), L(this)));
  }, x.prototype.forceUpdate = function(n3) {
    this.__v && (this.__g |= 4, n3 && this.__h.push(n3), L(this));
  }, x.prototype.render = $, u = [], f = 0, o = function(n3, t4) {
    return n3.__v.__b - t4.__v.__b;
  }, e = /* @__PURE__ */ Symbol(), l = /(PointerCapture)$|Capture$/i, c = 0, a = {}, s = 0;

  // node_modules/preact/hooks/dist/hooks.mjs
  var t2;
  var r2;
  var u2;
  var i2;
  var o2 = Object.is;
  var f2 = 0;
  var c2 = [];
  var e2 = [];
  var a2 = n;
  var v2 = a2.__b;
  var l2 = a2.__r;
  var m2 = a2.diffed;
  var h2 = a2.__c;
  var s2 = a2.unmount;
  var p2 = a2.__;
  function y2(n3, t4) {
    a2.__h && a2.__h(r2, n3, f2 || t4), f2 = 0;
    var u4 = r2.__H || (r2.__H = { __: [], __h: [] });
    return n3 >= u4.__.length && u4.__.push({}), u4.__[n3];
  }
  function d2(n3) {
    return f2 = 1, _2(G2, n3);
  }
  function _2(n3, u4, i4) {
    var f5 = y2(t2++, 2);
    if (f5.t = n3, !f5.__c && (f5.__ = [i4 ? i4(u4) : G2(void 0, u4), function(n4) {
      var t4 = (f5.__N || f5.__)[0], r4 = f5.t(t4, n4);
      o2(t4, r4) || (f5.__N = [r4, f5.__[1]], f5.__c.setState({}));
    }], f5.__c = r2, !r2.__f)) {
      r2.__f = true;
      var c4 = r2.shouldComponentUpdate;
      r2.shouldComponentUpdate = function(n4, t4, r4) {
        var u5 = this.__H;
        if (!u5) return true;
        var i5 = false, f6 = this.props != n4;
        if (u5.__.some(function(n5) {
          n5.__N && (i5 = true, o2(n5.__[0], n5.__N[0]) || (f6 = true));
        }), c4) {
          var e4 = c4.call(this, n4, t4, r4);
          return i5 ? e4 || f6 : e4;
        }
        return !i5 || f6;
      };
    }
    return f5.__;
  }
  function A2(n3, u4) {
    var i4 = y2(t2++, 3);
    !a2.__s && E2(i4.__H, u4) && (i4.__P = true, i4.__ = n3, i4.u = u4, r2.__H.__h.push(i4));
  }
  function F2(n3, u4) {
    var i4 = y2(t2++, 4);
    !a2.__s && E2(i4.__H, u4) && (i4.__P = false, i4.__ = n3, i4.u = u4, r2.__h.push(i4));
  }
  function T2(n3) {
    return f2 = 5, w2(function() {
      return { current: n3 };
    }, []);
  }
  function w2(n3, r4) {
    var u4 = y2(t2++, 7);
    return E2(u4.__H, r4) && (u4.__ = n3(), u4.__H = r4), u4.__;
  }
  function g2() {
    var n3;
    do {
      for (; n3 = e2.shift(); ) try {
        C2(n3);
      } catch (t5) {
        a2.__e(t5, { __: (n3 = n3.__P) && n3.__v });
      }
      for (; n3 = c2.shift(); ) {
        var t4 = n3.__H;
        if (n3.__P && t4) try {
          t4.__h.some(C2), t4.__h.some(D2), t4.__h = [];
        } catch (r4) {
          t4.__h = [], a2.__e(r4, n3.__v);
        }
      }
    } while (e2.length);
  }
  a2.__b = function(n3) {
    r2 = null, v2 && v2(n3);
  }, a2.__ = function(n3, t4) {
    n3 && t4.__k && t4.__k.__m && (n3.__m = t4.__k.__m), p2 && p2(n3, t4);
  }, a2.__r = function(n3) {
    l2 && l2(n3), t2 = 0;
    var i4 = (r2 = n3.__c).__H;
    i4 && (u2 == r2 ? r2.__h = [] : (i4.__h.some(C2), i4.__h.some(D2), t2 = 0), i4.__h = [], i4.__.some(function(n4) {
      n4.__N && (n4.__ = n4.__N), n4.u = n4.__N = void 0;
    })), u2 = r2;
  }, a2.diffed = function(n3) {
    m2 && m2(n3);
    var t4 = n3.__c;
    t4 && t4.__H && (t4.__H.__h.length && B2(c2.push(t4)), t4.__H.__.some(function(n4) {
      n4.u && (n4.__H = n4.u);
    })), u2 = r2 = null;
  }, a2.__c = function(n3, t4) {
    t4.some(function(n4) {
      try {
        n4.__h.some(C2), n4.__h = n4.__h.filter(function(n5) {
          return !n5.__ || D2(n5);
        });
      } catch (t5) {
        n4.__h = [function() {
          throw t5;
        }];
      }
    }), h2 && h2(n3, t4);
  }, a2.unmount = function(n3) {
    s2 && s2(n3);
    var t4, r4, u4 = n3.__c;
    u4 && u4.__H && (u4.__H.__.some(function(u5) {
      try {
        if (u5.__P && u5.__c) {
          if (void 0 === r4) {
            for (r4 = n3.__; r4 && (!r4.__c || !r4.__c.__P); ) r4 = r4.__;
            r4 = r4 && r4.__c;
          }
          u5.__P = r4, B2(e2.push(u5));
        } else C2(u5);
      } catch (n4) {
        t4 = n4;
      }
    }), u4.__H = void 0, t4 && a2.__e(t4, u4.__v));
  };
  var k2 = "function" == typeof requestAnimationFrame;
  function z2(n3) {
    var t4, r4 = function() {
      clearTimeout(u4), k2 && cancelAnimationFrame(t4), setTimeout(n3);
    }, u4 = setTimeout(r4, 35);
    k2 && (t4 = requestAnimationFrame(r4));
  }
  function B2(n3) {
    1 != n3 && i2 == a2.requestAnimationFrame || ((i2 = a2.requestAnimationFrame) || z2)(g2);
  }
  function C2(n3) {
    var t4 = r2, u4 = n3.__c;
    "function" == typeof u4 && (n3.__c = void 0, u4()), r2 = t4;
  }
  function D2(n3) {
    var t4 = r2;
    n3.__c = n3.__(), r2 = t4;
  }
  function E2(n3, t4) {
    return !n3 || n3.length != t4.length || t4.some(function(t5, r4) {
      return !o2(t5, n3[r4]);
    });
  }
  function G2(n3, t4) {
    return "function" == typeof t4 ? t4(n3) : t4;
  }

  // node_modules/@preact/signals-core/dist/signals-core.module.js
  var i3 = /* @__PURE__ */ Symbol.for("preact-signals");
  function t3() {
    if (!(v3 > 1)) {
      var i4, t4 = false;
      !(function() {
        var i5 = c3;
        c3 = void 0;
        while (void 0 !== i5) {
          var t5 = i5.S;
          if (t5.v === i5.v) {
            for (var r5 = t5.t; void 0 !== r5; r5 = r5.x) if (r5.i === i5.i) r5.i = t5.i;
          }
          i5 = i5.o;
        }
      })();
      while (void 0 !== h3) {
        var r4 = h3;
        h3 = void 0;
        s3++;
        while (void 0 !== r4) {
          var n3 = r4.u;
          r4.u = void 0;
          r4.f &= -3;
          if (!(8 & r4.f) && w3(r4)) try {
            r4.c();
          } catch (r5) {
            if (!t4) {
              i4 = r5;
              t4 = true;
            }
          }
          r4 = n3;
        }
      }
      s3 = 0;
      v3--;
      if (t4) throw i4;
    } else v3--;
  }
  function r3(i4) {
    if (v3 > 0) return i4();
    u3 = ++e3;
    v3++;
    try {
      return i4();
    } finally {
      t3();
    }
  }
  var n2;
  var o3 = void 0;
  function f3(i4) {
    var t4 = o3, r4 = n2;
    o3 = void 0;
    n2 = void 0;
    try {
      return i4();
    } finally {
      o3 = t4;
      n2 = r4;
    }
  }
  var h3 = void 0;
  var v3 = 0;
  var s3 = 0;
  var e3 = 0;
  var u3 = 0;
  var c3 = void 0;
  var a3 = 0;
  function d3(i4) {
    if (void 0 !== o3) {
      var t4 = i4.n;
      if (void 0 === t4 || t4.t !== o3) {
        t4 = { i: 0, S: i4, p: o3.s, n: void 0, t: o3, e: void 0, x: void 0, r: t4 };
        if (void 0 !== o3.s) o3.s.n = t4;
        o3.s = t4;
        i4.n = t4;
        if (32 & o3.f) i4.S(t4);
        return t4;
      } else if (-1 === t4.i) {
        t4.i = 0;
        if (void 0 !== t4.n) {
          t4.n.p = t4.p;
          if (void 0 !== t4.p) t4.p.n = t4.n;
          t4.p = o3.s;
          t4.n = void 0;
          o3.s.n = t4;
          o3.s = t4;
        }
        return t4;
      }
    }
  }
  function l3(i4, t4) {
    this.v = i4;
    this.i = 0;
    this.n = void 0;
    this.t = void 0;
    this.l = 0;
    this.W = null == t4 ? void 0 : t4.watched;
    this.Z = null == t4 ? void 0 : t4.unwatched;
    this.name = null == t4 ? void 0 : t4.name;
  }
  l3.prototype.brand = i3;
  l3.prototype.h = function() {
    return true;
  };
  l3.prototype.S = function(i4) {
    var t4 = this, r4 = this.t;
    if (r4 !== i4 && void 0 === i4.e) {
      i4.x = r4;
      this.t = i4;
      if (void 0 !== r4) r4.e = i4;
      else f3(function() {
        var i5;
        null == (i5 = t4.W) || i5.call(t4);
      });
    }
  };
  l3.prototype.U = function(i4) {
    var t4 = this;
    if (void 0 !== this.t) {
      var r4 = i4.e, n3 = i4.x;
      if (void 0 !== r4) {
        r4.x = n3;
        i4.e = void 0;
      }
      if (void 0 !== n3) {
        n3.e = r4;
        i4.x = void 0;
      }
      if (i4 === this.t) {
        this.t = n3;
        if (void 0 === n3) f3(function() {
          var i5;
          null == (i5 = t4.Z) || i5.call(t4);
        });
      }
    }
  };
  l3.prototype.subscribe = function(i4) {
    var t4 = this;
    return x2(function() {
      var r4 = t4.value;
      f3(function() {
        return i4(r4);
      });
    }, { name: "sub" });
  };
  l3.prototype.valueOf = function() {
    return this.value;
  };
  l3.prototype.toString = function() {
    return this.value + "";
  };
  l3.prototype.toJSON = function() {
    return this.value;
  };
  l3.prototype.peek = function() {
    var i4 = this;
    return f3(function() {
      return i4.value;
    });
  };
  Object.defineProperty(l3.prototype, "value", { get: function() {
    var i4 = d3(this);
    if (void 0 !== i4) i4.i = this.i;
    return this.v;
  }, set: function(i4) {
    if (i4 !== this.v) {
      if (s3 > 100) throw new Error("Cycle detected");
      !(function(i5) {
        if (0 !== v3 && 0 === s3) {
          if (i5.l !== u3) {
            i5.l = u3;
            c3 = { S: i5, v: i5.v, i: i5.i, o: c3 };
          }
        }
      })(this);
      this.v = i4;
      this.i++;
      a3++;
      v3++;
      try {
        for (var r4 = this.t; void 0 !== r4; r4 = r4.x) r4.t.N();
      } finally {
        t3();
      }
    }
  } });
  function y3(i4, t4) {
    return new l3(i4, t4);
  }
  function w3(i4) {
    for (var t4 = i4.s; void 0 !== t4; t4 = t4.n) if (t4.S.i !== t4.i || !t4.S.h() || t4.S.i !== t4.i) return true;
    return false;
  }
  function b(i4) {
    for (var t4 = i4.s; void 0 !== t4; t4 = t4.n) {
      var r4 = t4.S.n;
      if (void 0 !== r4) t4.r = r4;
      t4.S.n = t4;
      t4.i = -1;
      if (void 0 === t4.n) {
        i4.s = t4;
        break;
      }
    }
  }
  function _3(i4) {
    var t4 = i4.s, r4 = void 0;
    while (void 0 !== t4) {
      var n3 = t4.p;
      if (-1 === t4.i) {
        t4.S.U(t4);
        if (void 0 !== n3) n3.n = t4.n;
        if (void 0 !== t4.n) t4.n.p = n3;
      } else r4 = t4;
      t4.S.n = t4.r;
      if (void 0 !== t4.r) t4.r = void 0;
      t4 = n3;
    }
    i4.s = r4;
  }
  function j2(i4, t4) {
    l3.call(this, void 0, t4);
    this.x = i4;
    this.s = void 0;
    this.g = a3 - 1;
    this.f = 4;
  }
  j2.prototype = new l3();
  j2.prototype.h = function() {
    this.f &= -3;
    if (1 & this.f) return false;
    if (32 == (36 & this.f)) return true;
    this.f &= -5;
    if (this.g === a3) return true;
    this.g = a3;
    this.f |= 1;
    if (this.i > 0 && !w3(this)) {
      this.f &= -2;
      return true;
    }
    var i4 = o3;
    try {
      b(this);
      o3 = this;
      var t4 = this.x();
      if (16 & this.f || this.v !== t4 || 0 === this.i) {
        this.v = t4;
        this.f &= -17;
        this.i++;
      }
    } catch (i5) {
      this.v = i5;
      this.f |= 16;
      this.i++;
    }
    o3 = i4;
    _3(this);
    this.f &= -2;
    return true;
  };
  j2.prototype.S = function(i4) {
    if (void 0 === this.t) {
      this.f |= 36;
      for (var t4 = this.s; void 0 !== t4; t4 = t4.n) t4.S.S(t4);
    }
    l3.prototype.S.call(this, i4);
  };
  j2.prototype.U = function(i4) {
    if (void 0 !== this.t) {
      l3.prototype.U.call(this, i4);
      if (void 0 === this.t) {
        this.f &= -33;
        for (var t4 = this.s; void 0 !== t4; t4 = t4.n) t4.S.U(t4);
      }
    }
  };
  j2.prototype.N = function() {
    if (!(2 & this.f)) {
      this.f |= 6;
      for (var i4 = this.t; void 0 !== i4; i4 = i4.x) i4.t.N();
    }
  };
  Object.defineProperty(j2.prototype, "value", { get: function() {
    if (1 & this.f) throw new Error("Cycle detected");
    var i4 = d3(this);
    this.h();
    if (void 0 !== i4) i4.i = this.i;
    if (16 & this.f) throw this.v;
    return this.v;
  } });
  function O(i4, t4) {
    return new j2(i4, t4);
  }
  function p3(i4) {
    var r4 = i4.j;
    i4.j = void 0;
    if ("function" == typeof r4) {
      v3++;
      var n3 = o3;
      o3 = void 0;
      try {
        r4();
      } catch (t4) {
        i4.f &= -2;
        i4.f |= 8;
        g3(i4);
        throw t4;
      } finally {
        o3 = n3;
        t3();
      }
    }
  }
  function g3(i4) {
    for (var t4 = i4.s; void 0 !== t4; t4 = t4.n) t4.S.U(t4);
    i4.x = void 0;
    i4.s = void 0;
    p3(i4);
  }
  function S2(i4) {
    if (o3 !== this) throw new Error("Out-of-order effect");
    _3(this);
    o3 = i4;
    this.f &= -2;
    try {
      if (8 & this.f) g3(this);
    } finally {
      t3();
    }
  }
  function m3(i4, t4) {
    this.x = i4;
    this.j = void 0;
    this.s = void 0;
    this.u = void 0;
    this.f = 32;
    this.name = null == t4 ? void 0 : t4.name;
    if (n2) n2.push(this);
  }
  m3.prototype.c = function() {
    var i4 = this.S();
    try {
      if (8 & this.f) return;
      if (void 0 === this.x) return;
      var t4 = this.x();
      if ("function" == typeof t4) this.j = t4;
    } finally {
      i4();
    }
  };
  m3.prototype.S = function() {
    if (1 & this.f) throw new Error("Cycle detected");
    this.f |= 1;
    this.f &= -9;
    p3(this);
    b(this);
    v3++;
    var i4 = o3;
    o3 = this;
    return S2.bind(this, i4);
  };
  m3.prototype.N = function() {
    if (!(2 & this.f)) {
      this.f |= 2;
      this.u = h3;
      h3 = this;
    }
  };
  m3.prototype.d = function() {
    this.f |= 8;
    if (!(1 & this.f)) g3(this);
  };
  m3.prototype.dispose = function() {
    this.d();
  };
  function x2(i4, t4) {
    var r4 = new m3(i4, t4);
    try {
      r4.c();
    } catch (i5) {
      r4.d();
      throw i5;
    }
    var n3 = r4.d.bind(r4);
    n3[Symbol.dispose] = n3;
    return n3;
  }

  // node_modules/@preact/signals/dist/signals.module.js
  var h4;
  var d4;
  var p4;
  var m4 = "undefined" != typeof window && !!window.__PREACT_SIGNALS_DEVTOOLS__;
  var g4 = [];
  x2(function() {
    h4 = this.N;
  })();
  function b2(i4, n3) {
    n[i4] = n3.bind(null, n[i4] || function() {
    });
  }
  function y4(i4) {
    if (p4) {
      var n3 = p4;
      p4 = void 0;
      n3();
    }
    p4 = i4 && i4.S();
  }
  function w4(i4) {
    var n3 = this, r4 = i4.data, t4 = useSignal(r4);
    t4.name = "ReactiveDom";
    t4.value = r4;
    var e4 = w2(function() {
      var i5 = n3, r5 = n3.__v;
      while (r5 = r5.__) if (r5.__c) {
        r5.__c.__$f |= 4;
        break;
      }
      var o5 = O(function() {
        var i6 = t4.value.value;
        return 0 === i6 ? 0 : true === i6 ? "" : i6 || "";
      }), e5 = O(function() {
        return !Array.isArray(o5.value) && !r(o5.value);
      }), u5 = x2(function() {
        this.N = M;
        if (e5.value) {
          var n4 = o5.value;
          if (i5.__v && i5.__v.__e && 3 === i5.__v.__e.nodeType) i5.__v.__e.data = n4;
        }
      }), c5 = n3.__$u.d;
      n3.__$u.d = function() {
        u5();
        c5.call(this);
      };
      return [e5, o5];
    }, []), u4 = e4[0], c4 = e4[1];
    return u4.value ? c4.peek() : c4.value;
  }
  w4.displayName = "ReactiveTextNode";
  Object.defineProperties(l3.prototype, { constructor: { configurable: true, value: k($, null).constructor }, type: { configurable: true, value: w4 }, props: { configurable: true, get: function() {
    var i4 = this;
    return { data: { get value() {
      return i4.value;
    } } };
  } }, __b: { configurable: true, value: 1 } });
  b2("__b", function(i4, n3) {
    y4();
    d4 = void 0;
    if ("string" == typeof n3.type) {
      var r4, t4 = n3.props;
      for (var f5 in t4) if ("children" !== f5) {
        var o5 = t4[f5];
        if (o5 instanceof l3) {
          if (!r4) n3.__np = r4 = {};
          r4[f5] = o5;
          t4[f5] = o5.peek();
        }
      }
    }
    i4(n3);
  });
  b2("__r", function(i4, r4) {
    i4(r4);
    if (r4.type !== $) {
      y4();
      var t4, f5 = r4.__c;
      if (f5) {
        f5.__$f &= -2;
        if (void 0 === (t4 = f5.__$u)) f5.__$u = t4 = (function(i5, n3) {
          var r5;
          x2(function() {
            r5 = this;
          }, { name: n3 });
          r5.c = i5;
          return r5;
        })(/* @__PURE__ */ (function(i5) {
          return function() {
            var n3;
            if (m4) null == (n3 = this.y) || n3.call(this);
            i5.__$f |= 1;
            i5.setState({});
          };
        })(f5), "function" == typeof r4.type ? r4.type.displayName || r4.type.name : "");
      }
      d4 = f5;
      y4(t4);
    }
  });
  b2("__e", function(i4, n3, r4, t4) {
    y4();
    d4 = void 0;
    i4(n3, r4, t4);
  });
  b2("diffed", function(i4, n3) {
    y4();
    d4 = void 0;
    var r4;
    if ("string" == typeof n3.type && (r4 = n3.__e)) {
      var t4 = n3.__np, f5 = n3.props, o5 = r4.U;
      if (o5) for (var e4 in o5) {
        var u4 = o5[e4];
        if (!(void 0 === u4 || t4 && e4 in t4)) {
          u4.d();
          o5[e4] = void 0;
        }
      }
      if (t4) {
        if (!o5) {
          o5 = {};
          r4.U = o5;
        }
        for (var a5 in t4) {
          var c4 = o5[a5], v4 = t4[a5];
          if (void 0 === c4) {
            c4 = k3(r4, a5, v4, f5);
            o5[a5] = c4;
          } else c4.o(v4, f5);
        }
      }
    }
    i4(n3);
  });
  function k3(i4, n3, r4, t4) {
    var f5 = n3 in i4 && void 0 === i4.ownerSVGElement, o5 = y3(r4);
    return { o: function(i5, n4) {
      o5.value = i5;
      t4 = n4;
    }, d: x2(function() {
      this.N = M;
      var r5 = o5.value.value;
      if (t4[n3] !== r5) {
        t4[n3] = r5;
        if (f5) i4[n3] = r5;
        else if (null != r5 && (false !== r5 || "-" === n3[4])) i4.setAttribute(n3, r5);
        else i4.removeAttribute(n3);
      }
    }) };
  }
  b2("unmount", function(i4, n3) {
    if ("string" == typeof n3.type) {
      var r4 = n3.__e;
      if (r4) {
        var t4 = r4.U;
        if (t4) {
          r4.U = void 0;
          for (var f5 in t4) {
            var o5 = t4[f5];
            if (o5) o5.d();
          }
        }
      }
      var e4 = n3.__np;
      if (e4) {
        var u4 = n3.props;
        for (var a5 in e4) u4[a5] = e4[a5];
      }
      n3.__np = void 0;
    } else {
      var c4 = n3.__c;
      if (c4) {
        c4.__$f |= 8;
        var v4 = c4.__$u;
        if (v4) {
          c4.__$u = void 0;
          v4.d();
        }
      }
    }
    i4(n3);
  });
  b2("__h", function(i4, n3, r4, t4) {
    if (t4 < 3) n3.__$f |= 2;
    i4(n3, r4, t4);
  });
  x.prototype.shouldComponentUpdate = function(i4, n3) {
    if (this.__R) return true;
    var r4 = this.__$u, t4 = r4 && void 0 !== r4.s;
    for (var f5 in n3) return true;
    if (this.__f || "boolean" == typeof this.u && true === this.u) {
      var o5 = 2 & this.__$f;
      if (!(t4 || o5 || 4 & this.__$f)) return true;
      if (1 & this.__$f) return true;
    } else {
      if (!(t4 || 4 & this.__$f)) return true;
      if (3 & this.__$f) return true;
    }
    for (var e4 in i4) if ("__source" !== e4 && i4[e4] !== this.props[e4]) return true;
    for (var u4 in this.props) if (!(u4 in i4)) return true;
    return false;
  };
  function useSignal(i4, n3) {
    return w2(function() {
      return y3(i4, n3);
    }, []);
  }
  var A3 = function(i4) {
    queueMicrotask(function() {
      queueMicrotask(i4);
    });
  };
  function F3() {
    r3(function() {
      var i4;
      while (i4 = g4.shift()) h4.call(i4);
    });
  }
  function M() {
    if (1 === g4.push(this)) (n.requestAnimationFrame || A3)(F3);
  }

  // src/lib/api.ts
  var Problem = class extends Error {
    constructor(status2, title, detail, code = "", errors = [], traceId = "") {
      super(detail || title);
      this.status = status2;
      this.title = title;
      this.detail = detail;
      this.code = code;
      this.errors = errors;
      this.traceId = traceId;
    }
    status;
    title;
    detail;
    code;
    errors;
    traceId;
    /** Whether nobody answered at all. */
    get away() {
      return this.status === 0;
    }
  };
  function urlOf(path2, params = {}) {
    const url = new URL(path2, document.baseURI);
    for (const [key, value] of Object.entries(params)) {
      if (value === void 0 || value === "" || value === 0) continue;
      for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(key, String(one));
    }
    return url.href;
  }
  async function problemOf(response) {
    const text = await response.text().catch(() => "");
    try {
      const body = JSON.parse(text);
      return new Problem(
        response.status,
        String(body.title ?? response.statusText),
        String(body.detail ?? ""),
        String(body.code ?? ""),
        Array.isArray(body.errors) ? body.errors : [],
        String(body.trace_id ?? "")
      );
    } catch {
      return new Problem(response.status, `${response.status} ${response.statusText}`, text.slice(0, 300));
    }
  }
  function away() {
    return new Problem(0, "No answer", `No answer from ${new URL(document.baseURI).host}. Is Tradewind still running?`);
  }
  async function get(path2, params = {}, signal, headers = {}) {
    let response;
    try {
      response = await fetch(urlOf(path2, params), { headers: { Accept: "application/json", ...headers }, signal: signal ?? null });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw away();
    }
    if (!response.ok) throw await problemOf(response);
    return await response.json();
  }
  async function send(method, path2, body) {
    const headers = { Accept: "application/json", "X-Tradewind-Console": "1" };
    if (body !== void 0) headers["Content-Type"] = "application/json";
    let response;
    try {
      response = await fetch(urlOf(path2), { method, headers, body: body === void 0 ? null : JSON.stringify(body) });
    } catch {
      throw away();
    }
    if (!response.ok) throw await problemOf(response);
    return await response.json();
  }
  function put(path2, body) {
    return send("PUT", path2, body);
  }
  async function remove(path2) {
    await send("DELETE", path2);
  }
  function hex(bytes2) {
    return [...crypto.getRandomValues(new Uint8Array(bytes2))].map((b3) => b3.toString(16).padStart(2, "0")).join("");
  }
  function newKey() {
    return `console-${hex(8)}`;
  }
  function traceparent(traceId, quiet) {
    return `00-${traceId}-${hex(8)}-${quiet ? "00" : "01"}`;
  }
  async function callShop(method, path2, options = {}) {
    const traceId = hex(16);
    const headers = { Accept: "application/json", ...options.headers };
    const body = options.body === void 0 ? "" : JSON.stringify(options.body);
    if (body) headers["Content-Type"] = "application/json";
    const exchange = {
      method,
      path: path2,
      requestHeaders: headers,
      requestBody: body,
      status: 0,
      statusText: "",
      headers: [],
      body: "",
      etag: "",
      replayed: false,
      milliseconds: 0,
      traceId,
      problem: null
    };
    const start2 = performance.now();
    try {
      const response = await fetch(urlOf(`shop${path2}`), {
        method,
        headers: { ...headers, "X-Tradewind-Console": "1", traceparent: traceparent(traceId, options.quiet ?? false) },
        body: body || null,
        signal: options.signal ?? null
      });
      const copy = response.clone();
      exchange.body = await response.text();
      exchange.milliseconds = performance.now() - start2;
      exchange.status = response.status;
      exchange.statusText = response.statusText;
      exchange.headers = [...response.headers];
      exchange.etag = response.headers.get("etag") ?? "";
      exchange.replayed = response.headers.has("idempotent-replayed");
      if (!response.ok) exchange.problem = await problemOf(copy);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      exchange.problem = away();
    }
    return exchange;
  }
  async function readShop(path2, params = {}, signal) {
    return get(`shop${path2}`, params, signal, { traceparent: traceparent(hex(16), true) });
  }

  // src/lib/streams.ts
  var PLACES = 4;
  function lock(name) {
    return new Promise((found) => {
      const hold = (held) => {
        if (held) return new Promise((release2) => found(() => release2()));
        found(void 0);
        return void 0;
      };
      navigator.locks.request(name, { ifAvailable: true }, hold).catch(() => found(void 0));
    });
  }
  async function takePlace() {
    if (!navigator.locks) return () => void 0;
    for (let n3 = 0; n3 < PLACES; n3 += 1) {
      const release2 = await lock(`tradewind stream ${n3}`);
      if (release2) return release2;
    }
    return void 0;
  }

  // src/lib/live.ts
  var ASK_MS = 2e3;
  var status = y3(void 0);
  var away2 = y3(void 0);
  var live = y3(true);
  var asks = y3(false);
  var subscription = y3({});
  var source;
  var release;
  var round = 0;
  var retry;
  var lastSign = Date.now();
  var attempts = 0;
  function subscribe(next) {
    subscription.value = next;
    return () => {
      if (subscription.value === next) subscription.value = {};
    };
  }
  function take(text) {
    let event;
    try {
      event = JSON.parse(text);
    } catch {
      return;
    }
    lastSign = Date.now();
    const to = subscription.peek();
    if (event.status) status.value = event.status;
    if (event.trace) to.onTrace?.(event.trace);
    if (event.log) to.onLog?.(event.log);
    if (event.gap) to.onGap?.(event.gap);
  }
  function close() {
    round += 1;
    source?.close();
    release?.();
    source = release = void 0;
    window.clearTimeout(retry);
  }
  async function lost() {
    close();
    const mine = round;
    const answers = await get("q/status").then((s4) => (status.value = s4, true), (problem) => !problem.away);
    if (document.hidden || mine !== round) return;
    attempts += 1;
    const wait = attempts === 1 && answers ? 300 : Math.min(15, 2 ** Math.min(attempts, 4)) * 1e3;
    if (!answers) away2.value = { since: away2.peek()?.since ?? lastSign, next: Date.now() + wait };
    retry = window.setTimeout(open, wait);
  }
  function connected() {
    attempts = 0;
    lastSign = Date.now();
    if (away2.peek()) {
      away2.value = void 0;
      subscription.peek().onReturn?.();
    } else if (live.peek()) {
      subscription.peek().onAsk?.();
    }
  }
  async function ask(mine) {
    const answers = await get("q/status").then((s4) => (status.value = s4, true), (problem) => !problem.away);
    if (mine !== round) return;
    if (!answers) return void lost();
    asks.value = true;
    connected();
    retry = window.setTimeout(open, ASK_MS);
  }
  async function open() {
    close();
    if (document.hidden) return;
    const mine = round;
    const place2 = await takePlace();
    if (mine !== round) return place2?.();
    if (!place2) return ask(mine);
    release = place2;
    const want = subscription.peek();
    const topics = ["status"];
    if (live.peek() && want.onTrace) topics.push("traces");
    if (live.peek() && want.onLog) topics.push("logs");
    const stream = new EventSource(urlOf("q/watch", { topics, traces_q: want.tracesQuery, logs_q: want.logsQuery }));
    source = stream;
    stream.onopen = () => {
      asks.value = false;
      connected();
    };
    stream.onmessage = (message) => take(message.data);
    stream.onerror = () => {
      if (source === stream) void lost();
    };
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      close();
    } else {
      void open();
      subscription.peek().onReturn?.();
    }
  });
  window.addEventListener("pagehide", close);
  function start() {
    get("q/status").then((s4) => status.value = s4, () => void 0);
    let soon;
    let paused = !live.peek();
    x2(() => {
      subscription.value;
      const resumed = paused && live.value;
      paused = !live.value;
      if (resumed) subscription.peek().onReturn?.();
      window.clearTimeout(soon);
      soon = window.setTimeout(open, 20);
    });
  }

  // src/lib/location.ts
  var base = new URL(document.baseURI).pathname;
  function read() {
    const { pathname, search } = window.location;
    const path2 = pathname.startsWith(base) ? pathname.slice(base.length) : pathname.replace(/^\//, "");
    return { path: path2.replace(/\/+$/, ""), params: new URLSearchParams(search) };
  }
  var place = y3(read());
  var path = O(() => place.value.path);
  window.addEventListener("popstate", () => place.value = read());
  function param(name) {
    return place.value.params.get(name) ?? "";
  }
  function href(to, params = {}, keepTime = true) {
    const found = new URLSearchParams();
    if (keepTime) {
      for (const name of ["from", "to"]) {
        const value = place.value.params.get(name);
        if (value) found.set(name, value);
      }
    }
    for (const [name, value] of Object.entries(params)) {
      if (value) found.set(name, value);
      else found.delete(name);
    }
    const search = found.toString();
    return `${base}${to}${search ? `?${search}` : ""}`;
  }
  function go(url) {
    history.pushState(null, "", url);
    place.value = read();
    window.scrollTo(0, 0);
  }
  function change(params, how = "push") {
    const next = new URLSearchParams(place.value.params);
    for (const [name, value] of Object.entries(params)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    const search = next.toString();
    if (search === place.value.params.toString()) return;
    const url = `${window.location.pathname}${search ? `?${search}` : ""}`;
    if (how === "push") history.pushState(null, "", url);
    else history.replaceState(null, "", url);
    place.value = read();
  }
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link2 = event.target.closest?.("a[href]");
    if (!link2 || link2.target || link2.hasAttribute("download") || link2.origin !== window.location.origin) return;
    if (!link2.pathname.startsWith(base) || /^(q|shop\/api|shop\/openapi|docs)(\/|$|\.)/.test(link2.pathname.slice(base.length))) return;
    if (link2.hash && link2.pathname === window.location.pathname) return;
    event.preventDefault();
    go(link2.href);
  });

  // src/lib/shop.ts
  var KINDS = ["orders", "users", "products", "payments"];
  var KIND_WORDS = {
    orders: ["Order", "Orders"],
    users: ["User", "Users"],
    products: ["Product", "Products"],
    payments: ["Payment", "Payments"]
  };
  var KEYS = {
    orders: "shop.order.id",
    users: "shop.user.id",
    products: "shop.product.id",
    payments: "shop.payment.id"
  };
  var STATUSES = {
    orders: ["pending", "confirmed", "fulfilled", "completed", "canceling", "canceled", "expired"],
    users: ["active", "suspended", "erased"],
    products: ["draft", "active", "archived"],
    payments: ["requires_confirmation", "processing", "requires_capture", "succeeded", "canceled"]
  };
  var TOKENS = [
    ["tok_ok", "is authorised"],
    ["tok_declined", "is declined: card_declined"],
    ["tok_insufficient_funds", "is declined: insufficient_funds"],
    ["tok_timeout_then_ok", "no answer at first, then authorised"],
    ["tok_timeout_then_declined", "no answer at first, then declined"]
  ];
  function microsOf(time2) {
    const ms = Date.parse(time2 ?? "");
    return Number.isFinite(ms) ? ms * 1e3 : 0;
  }
  function toneOf(status2) {
    if (/^(confirmed|fulfilled|completed|paid|succeeded|active|authorized)$/.test(status2)) return "good";
    if (/^(pending|processing|canceling|requires_\w+|draft)$/.test(status2)) return "wait";
    if (/^(failed|expired|declined)$/.test(status2)) return "bad";
    return "plain";
  }

  // src/lib/format.ts
  var pad = (n3, width = 2) => String(n3).padStart(width, "0");
  function duration(ns) {
    const units = [[36e11, "h"], [6e10, "min"], [1e9, "s"], [1e6, "ms"], [1e3, "µs"]];
    for (const [size, unit] of units) {
      if (ns >= size) return `${digits(ns / size)} ${unit}`;
    }
    return `${Math.max(0, Math.round(ns))} ns`;
  }
  function digits(value) {
    return value >= 100 ? String(Math.round(value)) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
  }
  function tick(ns) {
    return duration(ns).replace(/(\.\d*?)0+(?= )/, "$1").replace(/\.(?= )/, "");
  }
  function clock(us, millis = true) {
    const d5 = new Date(us / 1e3);
    const time2 = `${pad(d5.getHours())}:${pad(d5.getMinutes())}:${pad(d5.getSeconds())}`;
    return millis ? `${time2}.${pad(d5.getMilliseconds(), 3)}` : time2;
  }
  function dateTime(us) {
    const d5 = new Date(us / 1e3);
    return `${d5.getFullYear()}-${pad(d5.getMonth() + 1)}-${pad(d5.getDate())} ${clock(us)}`;
  }
  function shortTime(us, millis = true) {
    const d5 = new Date(us / 1e3);
    const today = /* @__PURE__ */ new Date();
    const same = d5.toDateString() === today.toDateString();
    return same ? clock(us, millis) : `${pad(d5.getMonth() + 1)}-${pad(d5.getDate())} ${clock(us, false)}`;
  }
  function ago(us, now = Date.now()) {
    const seconds = Math.max(0, (now - us / 1e3) / 1e3);
    if (seconds < 60) return `${Math.floor(seconds)} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
    return `${Math.floor(seconds / 86400)} days`;
  }
  function count(n3) {
    if (n3 >= 1e6) return `${digits(n3 / 1e6)}M`;
    if (n3 >= 1e4) return `${digits(n3 / 1e3)}k`;
    return String(Math.round(n3)).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  }
  function rate(perSecond) {
    if (perSecond === 0) return "0";
    if (perSecond >= 100) return count(perSecond);
    if (perSecond >= 10) return perSecond.toFixed(0);
    if (perSecond >= 1) return perSecond.toFixed(1);
    return perSecond >= 0.01 ? perSecond.toFixed(2) : "<0.01";
  }
  function percent(share) {
    if (share === 0) return "0 %";
    const p5 = share * 100;
    return p5 >= 10 ? `${Math.round(p5)} %` : p5 >= 0.1 ? `${p5.toFixed(1)} %` : "<0.1 %";
  }
  function bytes(n3) {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let unit = 0;
    let value = n3;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit += 1;
    }
    return `${unit === 0 ? value : digits(value)} ${units[unit]}`;
  }
  function plural(n3, one, many = `${one}s`) {
    return `${count(n3)} ${n3 === 1 ? one : many}`;
  }
  function money(amount) {
    if (!amount?.currency) return "–";
    const minor = Number(amount.minor ?? 0);
    try {
      const format = new Intl.NumberFormat("en", { style: "currency", currency: amount.currency });
      const places = format.resolvedOptions().maximumFractionDigits ?? 2;
      return format.format(minor / 10 ** places);
    } catch {
      return `${minor} ${amount.currency}`;
    }
  }
  function shortId(id) {
    return id.length > 16 ? `${id.slice(0, 4)}…${id.slice(-6)}` : id;
  }
  var UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/;
  function pieces(text) {
    if (!UNSEEN.test(text)) return [{ text, unseen: false }];
    const found = [];
    let plain = "";
    for (const character of text) {
      if (UNSEEN.test(character)) {
        if (plain) found.push({ text: plain, unseen: false });
        plain = "";
        found.push({ text: `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`, unseen: true });
      } else {
        plain += character;
      }
    }
    if (plain) found.push({ text: plain, unseen: false });
    return found;
  }
  function visible(text) {
    return pieces(text.slice(0, 2e3)).map((p5) => p5.unseen ? `[${p5.text}]` : p5.text).join("");
  }
  var KINDS2 = ["unspecified", "internal", "server", "client", "producer", "consumer"];
  function severityWord(severity) {
    if (severity >= 21) return "fatal";
    if (severity >= 17) return "error";
    if (severity >= 13) return "warn";
    if (severity >= 9) return "info";
    if (severity >= 5) return "debug";
    return "trace";
  }

  // src/lib/load.ts
  function asProblem(error) {
    return error instanceof Problem ? error : new Problem(-1, "The page has a fault", String(error));
  }
  function useLoad(key, load3) {
    const [state, setState] = d2({ loading: true });
    const [round2, setRound] = d2(0);
    const loader = T2(load3);
    loader.current = load3;
    A2(() => {
      const controller = new AbortController();
      setState((old) => ({ ...old, loading: true }));
      loader.current(controller.signal).then(
        (data) => !controller.signal.aborted && setState({ data, loading: false }),
        (error) => !controller.signal.aborted && setState((old) => ({ data: old.data, problem: asProblem(error), loading: false }))
      );
      return () => controller.abort();
    }, [key, round2]);
    return { data: state.data, problem: state.problem, loading: state.loading, reload: () => setRound((n3) => n3 + 1) };
  }

  // src/lib/live_list.ts
  var SHOWN_MAX = 1e3;
  var GATHER_MS = 150;
  function useLiveList(options) {
    const { key, idOf, timeOf } = options;
    const told = T2(/* @__PURE__ */ new Map());
    const loaded = useLoad(key, (signal) => {
      told.current.clear();
      return options.load("", signal);
    });
    const [rows, setRows] = d2([]);
    const [waiting, setWaiting] = d2([]);
    const [rest, setRest] = d2({ token: "", searchedBackTo: 0 });
    const [loadingMore, setLoadingMore] = d2(false);
    const [moreProblem, setMoreProblem] = d2();
    const [gap, setGap] = d2(0);
    const box = T2(null);
    const held = T2(false);
    const shown = T2([]);
    shown.current = [...waiting, ...rows];
    const merged = (list, fresh) => {
      const byId = new Map(list.map((row) => [idOf(row), row]));
      for (const row of fresh) byId.set(idOf(row), row);
      return [...byId.values()].sort((a5, b3) => timeOf(b3) - timeOf(a5) || (idOf(a5) < idOf(b3) ? 1 : -1)).slice(0, SHOWN_MAX);
    };
    A2(() => {
      if (!loaded.data) return;
      setRows(merged(loaded.data.rows, [...told.current.values()]));
      setRest({ token: loaded.data.token, searchedBackTo: loaded.data.searchedBackTo });
      setWaiting([]);
      setGap(0);
      setMoreProblem(void 0);
    }, [loaded.data]);
    A2(() => {
      if (!options.grows) return void 0;
      let gathered = [];
      let timer;
      let over = false;
      const show = () => {
        timer = void 0;
        const fresh = gathered;
        gathered = [];
        const busy = held.current || window.scrollY > 40 || box.current?.contains(document.activeElement);
        setRows((old) => {
          if (!busy) return merged(old, fresh);
          const known = new Set(old.map(idOf));
          const changed = new Map(fresh.map((row) => [idOf(row), row]));
          setWaiting((w5) => merged(w5, fresh.filter((row) => !known.has(idOf(row)))));
          return old.map((row) => changed.get(idOf(row)) ?? row);
        });
      };
      const take2 = (row) => {
        told.current.set(idOf(row), row);
        if (told.current.size > SHOWN_MAX) told.current.delete(told.current.keys().next().value);
        gathered.push(row);
        timer ??= window.setTimeout(show, GATHER_MS);
      };
      const ask2 = async () => {
        const page = await options.load("").catch(() => void 0);
        if (!page || over) return;
        const known = new Set(shown.current.map(idOf));
        if (page.token && known.size > 0 && !page.rows.some((row) => known.has(idOf(row)))) return loaded.reload();
        page.rows.forEach(take2);
      };
      const stop = subscribe({
        ...options.signal === "traces" ? { tracesQuery: options.query, onTrace: (row) => take2(row) } : { logsQuery: options.query, onLog: (row) => take2(row) },
        onGap: (left) => setGap((g5) => g5 + left),
        onReturn: loaded.reload,
        onAsk: () => void ask2()
      });
      return () => {
        over = true;
        stop();
        window.clearTimeout(timer);
      };
    }, [key, options.grows]);
    const loadMore = async () => {
      setLoadingMore(true);
      setMoreProblem(void 0);
      try {
        const next = await options.load(rest.token);
        setRows((old) => [...old, ...next.rows.filter((row) => !old.some((o5) => idOf(o5) === idOf(row)))]);
        setRest({ token: next.token, searchedBackTo: next.searchedBackTo });
      } catch (error) {
        setMoreProblem(asProblem(error));
      } finally {
        setLoadingMore(false);
      }
    };
    return {
      loaded,
      rows,
      waiting,
      showWaiting: () => {
        setRows((old) => merged(old, waiting));
        setWaiting([]);
        window.scrollTo(0, 0);
      },
      token: rest.token,
      searchedBackTo: rest.searchedBackTo,
      loadMore: () => void loadMore(),
      loadingMore,
      moreProblem,
      gap,
      box,
      hold: { onPointerEnter: () => held.current = true, onPointerLeave: () => held.current = false }
    };
  }

  // src/lib/range.ts
  var UNITS = { s: 1, m: 60, h: 3600, d: 86400 };
  var AGES = [
    ["-5m", "Last 5 minutes"],
    ["-15m", "Last 15 minutes"],
    ["-1h", "Last hour"],
    ["-6h", "Last 6 hours"],
    ["-1d", "Last 24 hours"]
  ];
  function micros(text, now = Date.now()) {
    const age = /^-(\d+)([smhd])$/.exec(text);
    if (age) return Math.round((now - Number(age[1]) * UNITS[age[2]] * 1e3) * 1e3);
    if (/^\d{10,}$/.test(text)) return Number(text);
    const time2 = Date.parse(text);
    return Number.isFinite(time2) ? time2 * 1e3 : 0;
  }
  function range() {
    return { from_us: micros(param("from")) || void 0, to_us: micros(param("to")) || void 0 };
  }
  function openEnded() {
    return !param("to");
  }

  // node_modules/preact/jsx-runtime/dist/jsxRuntime.mjs
  var f4 = /* @__PURE__ */ Symbol.for("pv");
  var o4 = 0;
  function a4(t4, e4, n3, u4, a5, i4) {
    e4 || (e4 = {});
    var c4, l4, p5 = e4;
    if ("ref" in p5 && "function" != typeof t4) for (l4 in p5 = {}, e4) "ref" == l4 ? c4 = e4[l4] : p5[l4] = e4[l4];
    var s4 = { type: t4, props: p5, key: n3, ref: c4, __k: null, __: null, __b: 0, __e: null, __c: null, constructor: f4, __v: --o4, __i: -1, __u: 0 };
    return (a5 || i4) && (s4.__source = a5, s4.__self = i4), n.vnode && n.vnode(s4), s4;
  }

  // src/parts/icon.tsx
  var PATHS = {
    overview: "M3 3h7v8H3zM14 3h7v5h-7zM14 12h7v9h-7zM3 15h7v6H3z",
    traces: "M3 5h11M7 10h10M10 15h9M7 20h5",
    logs: "M4 5h16M4 10h16M4 15h10M4 20h13",
    shop: "M4 9l1.5-5h13L20 9M4 9v11h16V9M4 9h16M9 20v-6h6v6",
    requests: "M4 12h14M13 6l6 6-6 6",
    services: "M12 3l8 4.5v9L12 21l-8-4.5v-9zM12 12l8-4.5M12 12v9M12 12L4 7.5",
    search: "M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.5 15.5L21 21",
    close: "M5 5l14 14M19 5L5 19",
    sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6L19 19M5 19l1.4-1.4M17.6 6.4L19 5",
    moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
    auto: "M12 3a9 9 0 1 1 0 18zM12 3a9 9 0 0 0 0 18z",
    help: "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.5v.5M12 2.5a9.5 9.5 0 1 1 0 19 9.5 9.5 0 0 1 0-19z",
    copy: "M9 9h11v11H9zM5 15H4V4h11v1",
    right: "M9 5l7 7-7 7",
    down: "M5 9l7 7 7-7",
    up: "M5 15l7-7 7 7",
    plus: "M12 5v14M5 12h14",
    minus: "M5 12h14",
    pause: "M8 5v14M16 5v14",
    play: "M7 4l12 8-12 8z",
    link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
    pin: "M9 3h6l-1 7 3 3v2H7v-2l3-3zM12 15v6",
    warning: "M12 3l10 18H2zM12 10v5M12 18v.5"
  };
  function Icon({ name, size = 16 }) {
    return /* @__PURE__ */ a4("svg", { class: "icon", width: size, height: size, viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false", children: /* @__PURE__ */ a4("path", { d: PATHS[name] ?? "" }) });
  }

  // src/parts/text.tsx
  var SHOWN = 400;
  function Foreign({ text }) {
    const found = pieces(text);
    if (found.length === 1 && !found[0].unseen) return /* @__PURE__ */ a4("bdi", { children: text });
    return /* @__PURE__ */ a4("bdi", { children: found.map((p5) => p5.unseen ? /* @__PURE__ */ a4("span", { class: "unseen", children: p5.text }) : p5.text) });
  }
  function Line({ text, max = 300 }) {
    return /* @__PURE__ */ a4(Foreign, { text: text.length > max ? `${text.slice(0, max)}…` : text });
  }
  function Value({ text }) {
    const [all, setAll] = d2(false);
    const long = text.length > SHOWN;
    return /* @__PURE__ */ a4($, { children: [
      /* @__PURE__ */ a4(Foreign, { text: long && !all ? `${text.slice(0, SHOWN)}…` : text }),
      long && /* @__PURE__ */ a4("button", { class: "link", type: "button", onClick: () => setAll(!all), children: all ? "show less" : `show all ${bytes(text.length)}` })
    ] });
  }
  var FOLDED_FROM = 160;
  function Description({ text, id }) {
    const [open2, setOpen] = d2(false);
    const long = text.length > FOLDED_FROM;
    return /* @__PURE__ */ a4("div", { class: "description note", children: [
      /* @__PURE__ */ a4("p", { id, class: long && !open2 ? "folded" : void 0, children: /* @__PURE__ */ a4(Foreign, { text }) }),
      long && /* @__PURE__ */ a4("button", { type: "button", class: "link", "aria-expanded": open2, onClick: () => setOpen(!open2), children: open2 ? "Show less" : "Show all" })
    ] });
  }
  function Copy({ text, label, word }) {
    const [done, setDone] = d2(false);
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        const area = document.createElement("textarea");
        area.value = text;
        document.body.append(area);
        area.select();
        document.execCommand("copy");
        area.remove();
      }
      setDone(true);
      window.setTimeout(() => setDone(false), 1500);
    };
    return /* @__PURE__ */ a4("button", { class: word ? "copy-word" : "icon-button", type: "button", title: done ? "Copied" : label, "aria-label": label, onClick: copy, children: [
      done ? /* @__PURE__ */ a4("span", { class: "done", children: "✓" }) : /* @__PURE__ */ a4(Icon, { name: "copy", size: 14 }),
      word,
      /* @__PURE__ */ a4("span", { class: "sr", role: "status", children: done ? "Copied" : "" })
    ] });
  }

  // src/parts/query_box.tsx
  function placeOf(problem, length) {
    const text = [problem.detail, ...problem.errors.map((e4) => e4.detail ?? "")].join(" ");
    const found = /\bat (?:character |position |column )?(\d+)/.exec(text);
    return found ? Math.min(Number(found[1]), length + 1) : 0;
  }
  function QueryBox({ value, label, placeholder, problem, suggestions, onChange }) {
    const [text, setText] = d2(value);
    const input = T2(null);
    A2(() => setText(value), [value]);
    const bad = problem && problem.code === "BAD_QUERY" && text === value ? problem : void 0;
    const at = bad ? placeOf(bad, value.length) : 0;
    return /* @__PURE__ */ a4(
      "form",
      {
        class: `query ${bad ? "bad" : ""}`,
        role: "search",
        onSubmit: (event) => {
          event.preventDefault();
          onChange(text.trim());
        },
        children: [
          /* @__PURE__ */ a4("div", { class: "query-field", children: [
            /* @__PURE__ */ a4(Icon, { name: "search" }),
            /* @__PURE__ */ a4(
              "input",
              {
                ref: input,
                type: "search",
                class: "query-input",
                "aria-label": label,
                "aria-invalid": bad ? "true" : void 0,
                "aria-describedby": bad ? "query-error" : void 0,
                placeholder,
                value: text,
                list: "query-terms",
                autocomplete: "off",
                autocapitalize: "off",
                spellcheck: false,
                onInput: (event) => {
                  const next = event.currentTarget.value;
                  setText(next);
                  if (next === "" && value) onChange("");
                }
              }
            ),
            /* @__PURE__ */ a4("kbd", { "aria-hidden": "true", children: "/" }),
            /* @__PURE__ */ a4("button", { type: "submit", class: "primary", children: "Search" })
          ] }),
          /* @__PURE__ */ a4("datalist", { id: "query-terms", children: suggestions.map((s4) => /* @__PURE__ */ a4("option", { value: text && !s4.startsWith(text) ? `${text.replace(/\S*$/, "")}${s4}` : s4 })) }),
          bad && /* @__PURE__ */ a4("div", { id: "query-error", class: "query-error", role: "alert", children: [
            at > 0 && /* @__PURE__ */ a4("pre", { "aria-hidden": "true", children: [
              " ".repeat(at - 1),
              /* @__PURE__ */ a4("span", { class: "caret", children: "▲" })
            ] }),
            /* @__PURE__ */ a4("p", { children: /* @__PURE__ */ a4(Foreign, { text: bad.errors[0]?.detail || bad.detail || bad.title }) })
          ] })
        ]
      }
    );
  }
  function term(key, value, negative = false) {
    const plain = /^[\w./-]+$/.test(value) ? value : `"${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
    return `${negative ? "-" : ""}${key}:${plain}`;
  }
  function termsOf(query) {
    return query.match(/(?:[^\s"(]|"(?:[^"\\]|\\.)*"?|\([^)]*\)?)+/g) ?? [];
  }
  function toggled(query, wanted) {
    const terms = termsOf(query);
    const rest = terms.filter((t4) => t4 !== wanted);
    return (rest.length === terms.length ? [...terms, wanted] : rest).join(" ");
  }

  // src/parts/facets.tsx
  function Facets({ list, query, onChange }) {
    const facets = (list?.facets ?? []).filter((f5) => (f5.values ?? []).length > 0);
    if (!facets.length) return null;
    const chosen = new Set(termsOf(query));
    return /* @__PURE__ */ a4("aside", { class: "facets", "aria-label": "Values in what matches", children: [
      facets.map((facet) => {
        const most = Math.max(...facet.values.map((v4) => v4.count ?? 0), 1);
        return /* @__PURE__ */ a4("section", { children: [
          /* @__PURE__ */ a4("h3", { children: /* @__PURE__ */ a4(Line, { text: facet.key ?? "", max: 60 }) }),
          /* @__PURE__ */ a4("ul", { children: facet.values.slice(0, 8).map((v4) => {
            const wanted = term(facet.key ?? "", v4.value ?? "");
            const on = chosen.has(wanted);
            return /* @__PURE__ */ a4("li", { children: /* @__PURE__ */ a4("button", { type: "button", class: "facet", "aria-pressed": on, onClick: () => onChange(toggled(query, wanted)), children: [
              /* @__PURE__ */ a4("span", { class: "facet-bar", "aria-hidden": "true", style: { width: `${(v4.count ?? 0) / most * 100}%` } }),
              /* @__PURE__ */ a4("span", { class: "facet-value", children: /* @__PURE__ */ a4(Line, { text: v4.value || "(empty)", max: 80 }) }),
              /* @__PURE__ */ a4("span", { class: "num", children: count(v4.count ?? 0) })
            ] }) });
          }) })
        ] });
      }),
      /* @__PURE__ */ a4("p", { class: "note", children: [
        "Counted in ",
        count(list?.counted ?? 0),
        list?.more ? " of the newest" : "",
        "."
      ] })
    ] });
  }

  // src/shell/keys.ts
  var KEYS2 = [
    { keys: "/", what: "Write a query" },
    { keys: "Ctrl K", what: "Go to a page, a trace, an order" },
    { keys: "?", what: "Show these keys" },
    { keys: "g then o t l s r v", what: "Overview, Traces, Logs, Shop, Requests, Services" },
    { keys: "↑ ↓ or j k", what: "Move in a list or a trace" },
    { keys: "Enter", what: "Open what is chosen" },
    { keys: "← →", what: "Fold and unfold" },
    { keys: "[ ]", what: "Fold all, unfold all" },
    { keys: "n N", what: "Next and previous error of a trace" },
    { keys: "c", what: "Show or hide the critical path" },
    { keys: "p", what: "Pause and resume live updates" },
    { keys: "y", what: "Copy the link to this page" },
    { keys: "Esc", what: "Close, and give the focus back" }
  ];
  var STORED = "tradewind.single_keys";
  var singleKeys = y3(readStored(STORED) !== "off");
  function readStored(name) {
    try {
      return localStorage.getItem(name) ?? "";
    } catch {
      return "";
    }
  }
  function store(name, value) {
    try {
      localStorage.setItem(name, value);
    } catch {
    }
  }
  function switchSingleKeys(on) {
    singleKeys.value = on;
    store(STORED, on ? "" : "off");
  }
  function isWriting(event) {
    const target = event.target;
    return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable;
  }
  var handlers = [];
  function onKey(handler) {
    handlers.unshift(handler);
    return () => handlers.splice(handlers.indexOf(handler), 1);
  }
  function listen(shell, anything) {
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        anything();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isWriting(event)) return;
      if (document.querySelector("dialog[open]")) return;
      if (event.key.length === 1 && !singleKeys.value) return;
      if (handlers.some((h5) => h5(event.key))) event.preventDefault();
      else shell(event.key);
      if (event.key === "/") event.preventDefault();
    });
  }

  // src/parts/states.tsx
  function Failed({ problem, what, retry: retry2 }) {
    return /* @__PURE__ */ a4("div", { class: "failed", role: "alert", children: [
      /* @__PURE__ */ a4(Icon, { name: "warning" }),
      /* @__PURE__ */ a4("div", { class: "failed-text", children: [
        /* @__PURE__ */ a4("strong", { children: what }),
        /* @__PURE__ */ a4("p", { children: [
          problem.status > 0 && /* @__PURE__ */ a4("span", { children: [
            problem.status,
            " "
          ] }),
          /* @__PURE__ */ a4(Foreign, { text: (problem.detail || problem.title).slice(0, 500) }),
          problem.code && /* @__PURE__ */ a4("code", { class: "code", children: problem.code })
        ] }),
        problem.errors.length > 0 && /* @__PURE__ */ a4("ul", { children: problem.errors.slice(0, 10).map((e4) => /* @__PURE__ */ a4("li", { children: [
          /* @__PURE__ */ a4("code", { children: e4.pointer }),
          " ",
          /* @__PURE__ */ a4(Foreign, { text: e4.detail ?? "" })
        ] })) }),
        problem.traceId && /* @__PURE__ */ a4("a", { href: href(`traces/${problem.traceId}`), children: "Its trace" })
      ] }),
      retry2 && /* @__PURE__ */ a4("button", { type: "button", onClick: retry2, children: "Try again" })
    ] });
  }
  function Empty({ title, children }) {
    return /* @__PURE__ */ a4("div", { class: "empty", children: [
      /* @__PURE__ */ a4("h2", { children: title }),
      children
    ] });
  }
  function Loading({ what }) {
    return /* @__PURE__ */ a4("p", { class: "loading", role: "status", children: [
      "Loading ",
      what,
      " …"
    ] });
  }

  // src/parts/list_panel.tsx
  function ListPanel({ list, title, what, grows, tools, children }) {
    A2(() => onKey((pressed) => {
      const step = pressed === "j" || pressed === "ArrowDown" ? 1 : pressed === "k" || pressed === "ArrowUp" ? -1 : 0;
      const places = [...list.box.current?.querySelectorAll("[data-row]") ?? []];
      if (!step || !places.length) return false;
      const current = places.indexOf(document.activeElement);
      places[Math.max(0, Math.min(places.length - 1, current + step))].focus();
      return true;
    }), []);
    return /* @__PURE__ */ a4("section", { class: "panel", ref: list.box, ...list.hold, children: [
      /* @__PURE__ */ a4("div", { class: "panel-head", children: [
        /* @__PURE__ */ a4("h2", { children: title }),
        list.gap > 0 && /* @__PURE__ */ a4("span", { class: "warn-text", children: [
          count(list.gap),
          " left out: they came faster than the page takes them"
        ] }),
        tools
      ] }),
      list.waiting.length > 0 && /* @__PURE__ */ a4("button", { type: "button", class: "new-rows", onClick: list.showWaiting, children: [
        "Show ",
        count(list.waiting.length),
        " new"
      ] }),
      children,
      list.moreProblem && /* @__PURE__ */ a4(Failed, { problem: list.moreProblem, what: `Older ${what} could not be loaded`, retry: list.loadMore }),
      /* @__PURE__ */ a4("div", { class: "list-foot", children: list.token ? /* @__PURE__ */ a4($, { children: [
        /* @__PURE__ */ a4("button", { type: "button", disabled: list.loadingMore, onClick: list.loadMore, children: list.loadingMore ? "Loading …" : `Older ${what}` }),
        list.searchedBackTo > 0 && /* @__PURE__ */ a4("span", { class: "note", children: [
          "Searched back to ",
          clock(list.searchedBackTo, false),
          "."
        ] })
      ] }) : /* @__PURE__ */ a4("span", { class: "note", children: live.value && grows ? `New ${what} appear at the top.` : "That is all." }) })
    ] });
  }

  // src/parts/use_width.ts
  function useWidth(element, before) {
    const [width, setWidth] = d2(before);
    F2(() => {
      const node = element.current;
      if (!node) return void 0;
      const style = window.getComputedStyle(node);
      const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
      const measure = () => setWidth(Math.max(200, Math.floor(node.clientWidth - padding)));
      measure();
      const observer = new ResizeObserver(measure);
      observer.observe(node);
      return () => observer.disconnect();
    }, []);
    return width;
  }

  // src/parts/log_bars.tsx
  var HEIGHT = 64;
  var ORDER = ["trace", "debug", "info", "warn", "error", "fatal"];
  function LogBars({ records, onSelect }) {
    const holder = T2(null);
    const width = useWidth(holder, 600);
    const times = records.map((r4) => r4.time_us ?? 0);
    const first = Math.min(...times);
    const span = Math.max(Math.max(...times) - first, 1e6);
    const slots = Math.max(12, Math.floor(width / 14));
    const bars = Array.from({ length: slots }, () => /* @__PURE__ */ new Map());
    for (const r4 of records) {
      const slot = Math.min(slots - 1, Math.floor(((r4.time_us ?? 0) - first) / span * slots));
      const word = severityWord(r4.severity ?? 0);
      bars[slot].set(word, (bars[slot].get(word) ?? 0) + 1);
    }
    const most = Math.max(...bars.map((b3) => [...b3.values()].reduce((sum, n3) => sum + n3, 0)), 1);
    const step = width / slots;
    return /* @__PURE__ */ a4("div", { class: "log-bars", ref: holder, children: /* @__PURE__ */ a4("svg", { width, height: HEIGHT + 16, role: "img", "aria-label": `${plural(records.length, "record")} from ${clock(first, false)} to ${clock(first + span, false)}, by severity; the list below has them.`, children: [
      bars.map((bar, i4) => {
        let y5 = HEIGHT;
        const total = [...bar.values()].reduce((sum, n3) => sum + n3, 0);
        if (!total) return null;
        return /* @__PURE__ */ a4("g", { class: "log-slot", onClick: () => onSelect(first + i4 / slots * span, first + (i4 + 1) / slots * span), children: [
          /* @__PURE__ */ a4("title", { children: ORDER.filter((w5) => bar.has(w5)).map((w5) => `${bar.get(w5)} ${w5}`).join(", ") }),
          /* @__PURE__ */ a4("rect", { class: "log-hit", x: i4 * step, y: 0, width: step, height: HEIGHT }),
          ORDER.filter((w5) => bar.has(w5)).map((w5) => {
            const h5 = Math.max(2, bar.get(w5) / most * (HEIGHT - 4));
            y5 -= h5;
            return /* @__PURE__ */ a4("rect", { class: `log-part ${w5}`, x: i4 * step + 1, y: y5, width: Math.max(1, step - 2), height: h5 });
          })
        ] });
      }),
      /* @__PURE__ */ a4("line", { class: "grid", x1: 0, x2: width, y1: HEIGHT + 0.5, y2: HEIGHT + 0.5 }),
      /* @__PURE__ */ a4("text", { class: "tick", x: 0, y: HEIGHT + 13, children: clock(first, false) }),
      /* @__PURE__ */ a4("text", { class: "tick", x: width, y: HEIGHT + 13, "text-anchor": "end", children: clock(first + span, false) })
    ] }) });
  }

  // src/parts/attributes.tsx
  var RECORDS = {
    "shop.order.id": "orders",
    "shop.user.id": "users",
    "shop.payment.id": "payments",
    "shop.product.id": "products"
  };
  function Shown({ attribute }) {
    const value = attribute.value ?? "";
    const record = RECORDS[attribute.key ?? ""];
    if (record && /^[\w-]{1,80}$/.test(value)) return /* @__PURE__ */ a4("a", { href: href(`shop/${record}/${value}`), children: value });
    if (/^https?:\/\/[\x21-\x7e]{1,500}$/.test(value)) {
      return /* @__PURE__ */ a4("a", { href: value, target: "_blank", rel: "noreferrer noopener external", children: [
        value,
        /* @__PURE__ */ a4("span", { class: "sr", children: " (another site)" }),
        " ↗"
      ] });
    }
    return /* @__PURE__ */ a4(Value, { text: value });
  }
  function Attributes({ list, page, query = "" }) {
    return /* @__PURE__ */ a4("table", { class: "attributes", children: /* @__PURE__ */ a4("tbody", { children: [...list].sort((a5, b3) => (a5.key ?? "").localeCompare(b3.key ?? "")).map((a5) => {
      const usable = page && (a5.value ?? "").length <= 300;
      const add = (negative) => href(page, { q: `${query} ${term(a5.key ?? "", a5.value ?? "", negative)}`.trim() });
      return /* @__PURE__ */ a4("tr", { children: [
        /* @__PURE__ */ a4("th", { scope: "row", children: /* @__PURE__ */ a4(Foreign, { text: (a5.key ?? "").slice(0, 200) }) }),
        /* @__PURE__ */ a4("td", { class: a5.type === "int" || a5.type === "double" || a5.type === "bool" ? "num" : "", children: /* @__PURE__ */ a4(Shown, { attribute: a5 }) }),
        /* @__PURE__ */ a4("td", { class: "attribute-acts", children: [
          usable && /* @__PURE__ */ a4("a", { class: "icon-button", href: add(false), title: "Filter for this", "aria-label": `Filter for ${a5.key}`, children: /* @__PURE__ */ a4(Icon, { name: "plus", size: 13 }) }),
          usable && /* @__PURE__ */ a4("a", { class: "icon-button", href: add(true), title: "Filter this out", "aria-label": `Filter out ${a5.key}`, children: /* @__PURE__ */ a4(Icon, { name: "minus", size: 13 }) }),
          /* @__PURE__ */ a4(Copy, { text: a5.value ?? "", label: `Copy ${a5.key}` })
        ] })
      ] });
    }) }) });
  }

  // src/parts/marks.tsx
  var REFUSED = /* @__PURE__ */ new Set(["INVALID_ARGUMENT", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "UNAUTHENTICATED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "CANCELLED"]);
  function outcomeOfStatus(status2) {
    if (/^4\d\d$/.test(status2) || REFUSED.has(status2)) return "refused";
    if (/^5\d\d$/.test(status2)) return "error";
    return "ok";
  }
  var OUTCOME_WORDS = { ok: "ok", refused: "refused", error: "error" };
  function outcomeOf(trace) {
    return trace.outcome && trace.outcome in OUTCOME_WORDS ? trace.outcome : outcomeOfStatus(trace.status ?? "");
  }
  function ErrorsInside({ trace }) {
    if (!trace.errors || outcomeOf(trace) !== "ok") return null;
    return /* @__PURE__ */ a4("span", { class: "inside", title: visible(trace.error ?? "").slice(0, 300), children: [
      /* @__PURE__ */ a4("svg", { width: "12", height: "12", viewBox: "0 0 12 12", "aria-hidden": "true", children: /* @__PURE__ */ a4("path", { d: "M6 1.5L10.5 6 6 10.5 1.5 6z" }) }),
      plural(trace.errors, "error"),
      " inside"
    ] });
  }
  function OutcomeMark({ outcome }) {
    const shapes = { ok: "M4 8.5l2.8 2.8L12 5.5", refused: "M8 2.5l6 11H2zM8 6.5v3.5M8 12v.3", error: "M4.5 4.5l7 7M11.5 4.5l-7 7" };
    return /* @__PURE__ */ a4("span", { class: `mark ${outcome}`, title: OUTCOME_WORDS[outcome], children: [
      /* @__PURE__ */ a4("svg", { width: "16", height: "16", viewBox: "0 0 16 16", "aria-hidden": "true", children: /* @__PURE__ */ a4("path", { d: shapes[outcome] }) }),
      /* @__PURE__ */ a4("span", { class: "sr", children: OUTCOME_WORDS[outcome] })
    ] });
  }
  var COLOURS = 10;
  var assigned = /* @__PURE__ */ new Map([
    ["api-gateway", 0],
    ["order-service", 1],
    ["catalog-service", 2],
    ["user-service", 3],
    ["payment-service", 4]
  ]);
  function serviceClass(name) {
    let colour = assigned.get(name);
    if (colour === void 0) {
      const taken = new Set(assigned.values());
      colour = [...name].reduce((sum, c4) => sum * 31 + c4.charCodeAt(0) >>> 0, 7) % COLOURS;
      for (let i4 = 0; i4 < COLOURS && taken.has(colour); i4 += 1) colour = (colour + 1) % COLOURS;
      assigned.set(name, colour);
    }
    return `svc svc-${colour}`;
  }
  function Service({ name }) {
    return /* @__PURE__ */ a4("span", { class: `service ${serviceClass(name)}`, children: [
      /* @__PURE__ */ a4("span", { class: "dot", "aria-hidden": "true" }),
      /* @__PURE__ */ a4("span", { class: "service-name", children: /* @__PURE__ */ a4(Line, { text: name || "unnamed", max: 60 }) })
    ] });
  }
  function ServiceDots({ names }) {
    return /* @__PURE__ */ a4("span", { class: "dots", title: visible(names.join(" → ")), children: [
      /* @__PURE__ */ a4("span", { class: "sr", children: visible(names.join(", ")) }),
      names.slice(0, 8).map((name) => /* @__PURE__ */ a4("span", { class: `dot ${serviceClass(name)}`, "aria-hidden": "true" })),
      names.length > 8 && /* @__PURE__ */ a4("span", { "aria-hidden": "true", children: [
        "+",
        names.length - 8
      ] })
    ] });
  }

  // src/parts/log_list.tsx
  function Severity({ record }) {
    const word = severityWord(record.severity ?? 0);
    return /* @__PURE__ */ a4("span", { class: `severity ${word}`, children: word.toUpperCase() });
  }
  function Detail({ record, query }) {
    return /* @__PURE__ */ a4("div", { class: "log-detail", children: [
      /* @__PURE__ */ a4("p", { class: "log-body", children: /* @__PURE__ */ a4(Value, { text: record.body ?? "" }) }),
      /* @__PURE__ */ a4("p", { class: "log-links", children: [
        record.trace_id && /* @__PURE__ */ a4("a", { href: href(`traces/${record.trace_id}`, { sel: record.span_id }), children: record.span_id ? "Its span" : "Its trace" }),
        record.trace_id && /* @__PURE__ */ a4("a", { href: href(`traces/${record.trace_id}`, { tab: "logs" }), children: "All records of the trace" }),
        /* @__PURE__ */ a4("a", { href: href("logs", { around: record.id, sel: record.id }, false), children: "20 before and after" }),
        record.time_us ? /* @__PURE__ */ a4("a", { href: href("logs", { from: String(record.time_us - 2e6), to: String(record.time_us + 2e6) }, false), children: "Two seconds around" }) : null
      ] }),
      (record.attributes ?? []).length > 0 && /* @__PURE__ */ a4(Attributes, { list: record.attributes, page: "logs", query }),
      (record.resource ?? []).length > 0 && /* @__PURE__ */ a4("details", { children: [
        /* @__PURE__ */ a4("summary", { children: "Resource" }),
        /* @__PURE__ */ a4(Attributes, { list: record.resource, page: "logs", query })
      ] })
    ] });
  }
  function LogList({ records, query = "", startUs = 0, label, marked = "", linked = false }) {
    const chosen = linked ? param("sel") : "";
    const [open2, setOpen] = d2(new Set(chosen ? [chosen] : []));
    const list = T2(null);
    A2(() => {
      if (chosen && !open2.has(chosen)) setOpen(/* @__PURE__ */ new Set([...open2, chosen]));
    }, [chosen]);
    A2(() => list.current?.querySelector(".log.marked")?.scrollIntoView({ block: "center" }), [marked, records.length > 0]);
    const toggle = (id) => {
      const next = new Set(open2);
      const closes = next.delete(id);
      if (!closes) next.add(id);
      setOpen(next);
      if (linked) change({ sel: closes ? void 0 : id }, "replace");
    };
    return /* @__PURE__ */ a4("div", { class: "log-list", role: "list", "aria-label": label, ref: list, children: records.map((r4) => {
      const isOpen = open2.has(r4.id);
      return /* @__PURE__ */ a4("div", { role: "listitem", class: `log ${severityWord(r4.severity ?? 0)} ${isOpen ? "open" : ""} ${r4.id === marked ? "marked" : ""}`, "aria-current": r4.id === marked ? "true" : void 0, children: [
        /* @__PURE__ */ a4("div", { class: "log-row", children: [
          /* @__PURE__ */ a4("button", { type: "button", class: "log-open", "aria-expanded": isOpen, "data-row": true, "aria-label": isOpen ? "Close the record" : "Open the record", onClick: () => toggle(r4.id), children: /* @__PURE__ */ a4(Icon, { name: isOpen ? "down" : "right", size: 11 }) }),
          /* @__PURE__ */ a4("span", { class: "log-time num", children: startUs ? `+${(((r4.time_us ?? 0) - startUs) / 1e3).toFixed(2)} ms` : clock(r4.time_us ?? 0) }),
          /* @__PURE__ */ a4(Severity, { record: r4 }),
          /* @__PURE__ */ a4(Service, { name: r4.service ?? "" }),
          /* @__PURE__ */ a4("span", { class: "log-text", onClick: () => !window.getSelection()?.toString() && toggle(r4.id), children: [
            r4.event_name && /* @__PURE__ */ a4("span", { class: "log-event", children: /* @__PURE__ */ a4(Line, { text: r4.event_name, max: 80 }) }),
            /* @__PURE__ */ a4(Line, { text: r4.body ?? "", max: 240 })
          ] }),
          !startUs && (r4.trace_id ? /* @__PURE__ */ a4("a", { class: "log-trace", href: href(`traces/${r4.trace_id}`, { sel: r4.span_id }), children: "trace" }) : /* @__PURE__ */ a4("span", { class: "log-trace" }))
        ] }),
        isOpen && /* @__PURE__ */ a4(Detail, { record: r4, query })
      ] }, r4.id);
    }) });
  }

  // src/parts/log_patterns.tsx
  var TEXTS_MAX = 4;
  var quoted = (text) => `"${text.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
  function termsOfPattern(pattern) {
    const texts = (pattern.texts ?? []).map((t4) => t4.trim()).filter((t4) => /[\p{L}\p{N}]/u.test(t4));
    const longest = [...new Set(texts)].sort((a5, b3) => b3.length - a5.length).slice(0, TEXTS_MAX);
    return [
      ...pattern.service ? [term("service", pattern.service)] : [],
      ...pattern.event_name ? [term("event", pattern.event_name)] : [],
      ...longest.map((t4) => quoted(t4.slice(0, 200)))
    ];
  }
  function Template({ texts }) {
    return /* @__PURE__ */ a4($, { children: texts.map((text, i4) => /* @__PURE__ */ a4($, { children: [
      i4 > 0 && /* @__PURE__ */ a4("span", { class: "pattern-value", title: "a value", children: "{}" }),
      text && /* @__PURE__ */ a4(Line, { text, max: 200 })
    ] })) });
  }
  function LogPatterns({ list, onChoose }) {
    const patterns = list.patterns ?? [];
    const most = Math.max(...patterns.map((p5) => p5.count ?? 0), 1);
    return /* @__PURE__ */ a4("div", { class: "scroll", children: /* @__PURE__ */ a4("table", { class: "list patterns", "aria-label": "Patterns of log records", children: [
      /* @__PURE__ */ a4("thead", { children: /* @__PURE__ */ a4("tr", { children: [
        /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "Records" }),
        /* @__PURE__ */ a4("th", { scope: "col", children: "Level" }),
        /* @__PURE__ */ a4("th", { scope: "col", children: "Service" }),
        /* @__PURE__ */ a4("th", { scope: "col", children: "Pattern" }),
        /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "First" }),
        /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "Last" })
      ] }) }),
      /* @__PURE__ */ a4("tbody", { children: patterns.map((p5) => {
        const word = severityWord(p5.severity ?? 0);
        return /* @__PURE__ */ a4("tr", { class: "row", onClick: () => onChoose(p5), children: [
          /* @__PURE__ */ a4("td", { class: "right num", children: [
            /* @__PURE__ */ a4("span", { class: "pattern-bar", "aria-hidden": "true", style: { width: `${(p5.count ?? 0) / most * 100}%` } }),
            /* @__PURE__ */ a4("span", { class: "pattern-count", children: count(p5.count ?? 0) })
          ] }),
          /* @__PURE__ */ a4("td", { children: /* @__PURE__ */ a4("span", { class: `severity ${word}`, children: word.toUpperCase() }) }),
          /* @__PURE__ */ a4("td", { children: /* @__PURE__ */ a4(Service, { name: p5.service ?? "" }) }),
          /* @__PURE__ */ a4("td", { class: "pattern-text", children: /* @__PURE__ */ a4("button", { type: "button", class: "link", "data-row": true, onClick: (e4) => (e4.stopPropagation(), onChoose(p5)), children: [
            p5.event_name && /* @__PURE__ */ a4("span", { class: "log-event", children: /* @__PURE__ */ a4(Line, { text: p5.event_name, max: 80 }) }),
            /* @__PURE__ */ a4(Template, { texts: p5.texts ?? [] })
          ] }) }),
          /* @__PURE__ */ a4("td", { class: "right num note", children: clock(p5.first_us ?? 0, false) }),
          /* @__PURE__ */ a4("td", { class: "right num note", children: clock(p5.last_us ?? 0, false) })
        ] });
      }) })
    ] }) });
  }

  // src/lib/demo.ts
  var NAMES = ["Alice", "Bao", "Chiara", "Dmitri", "Efua", "Farid", "Gwen", "Hiro"];
  async function placeDemoOrder() {
    const products = await callShop("GET", "/api/products?page_size=50&status=active", { quiet: true });
    if (products.problem) return products.problem;
    const all = JSON.parse(products.body).products ?? [];
    const fit = all.filter((p5) => Number(p5.stock?.available ?? 0) > 1);
    if (!fit.length) return new Problem(-1, "No stock", "No product of the shop is in stock, so nothing can be ordered.");
    const name = NAMES[Math.floor(Math.random() * NAMES.length)];
    const key = newKey();
    const user = await callShop("POST", "/api/users", {
      body: { name, email: `${name.toLowerCase()}-${key.slice(8)}@example.com` },
      headers: { "Idempotency-Key": key }
    });
    if (user.problem) return user.problem;
    const product = fit[Math.floor(Math.random() * fit.length)];
    const order = await callShop("POST", "/api/orders", {
      body: { user_id: JSON.parse(user.body).id, product_id: product.id, quantity: 1 + Math.floor(Math.random() * 2) },
      headers: { "Idempotency-Key": newKey() }
    });
    if (order.problem) return order.problem;
    return { id: JSON.parse(order.body).id, traceId: order.traceId };
  }

  // src/pages/first_steps.tsx
  function DemoOrder() {
    const [busy, setBusy] = d2(false);
    const [problem, setProblem] = d2();
    const place2 = async () => {
      setBusy(true);
      setProblem(void 0);
      const made = await placeDemoOrder();
      setBusy(false);
      if (made instanceof Problem) setProblem(made);
      else go(href(`shop/orders/${made.id}`));
    };
    return /* @__PURE__ */ a4($, { children: [
      /* @__PURE__ */ a4("button", { type: "button", class: "primary", disabled: busy, onClick: place2, children: busy ? "Placing the order …" : "Place a demo order" }),
      problem && /* @__PURE__ */ a4(Failed, { problem, what: "The order was not placed" })
    ] });
  }
  function FirstSteps({ what }) {
    const ports = (status.value?.receivers ?? []).filter((r4) => r4.address);
    const open2 = ports.find((r4) => /http/i.test(r4.name ?? "") && !r4.problem) ?? ports.find((r4) => !r4.problem);
    const example = `OTEL_EXPORTER_OTLP_ENDPOINT=http://${open2?.address ?? ""}`;
    return /* @__PURE__ */ a4(Empty, { title: `No ${what} yet`, children: [
      /* @__PURE__ */ a4("p", { children: "Everything that the shop does appears here within a second. Place an order, and look at what it did." }),
      /* @__PURE__ */ a4(DemoOrder, {}),
      ports.length > 0 && /* @__PURE__ */ a4("div", { class: "senders", children: [
        /* @__PURE__ */ a4("p", { children: "Other programs may send here, too:" }),
        /* @__PURE__ */ a4("ul", { children: ports.map((r4) => /* @__PURE__ */ a4("li", { children: [
          r4.name,
          " at ",
          /* @__PURE__ */ a4("code", { children: r4.address }),
          " ",
          r4.problem ? /* @__PURE__ */ a4("span", { class: "warn-text", children: [
            "does not receive: ",
            r4.problem
          ] }) : "is listening"
        ] })) }),
        open2 && /* @__PURE__ */ a4("p", { class: "command", children: [
          /* @__PURE__ */ a4("code", { children: example }),
          /* @__PURE__ */ a4(Copy, { text: example, label: "Copy the setting" })
        ] })
      ] })
    ] });
  }

  // src/pages/logs_around.tsx
  function Gone() {
    return /* @__PURE__ */ a4(Empty, { title: "This log record is not kept any more", children: [
      /* @__PURE__ */ a4("p", { children: "Older records are removed when there is no more room for them." }),
      /* @__PURE__ */ a4("p", { class: "acts", children: /* @__PURE__ */ a4("a", { href: href("logs"), children: "All log records" }) })
    ] });
  }
  function LogsAround({ id }) {
    const loaded = useLoad(`around ${id}`, (signal) => get("q/logs", { around: id }, signal));
    const records = loaded.data?.records ?? [];
    const at = records.findIndex((r4) => r4.id === id);
    const gone = loaded.problem && (loaded.problem.status === 404 || loaded.problem.status === 400);
    return /* @__PURE__ */ a4("div", { class: "page", children: [
      /* @__PURE__ */ a4("header", { class: "trace-head", children: [
        /* @__PURE__ */ a4("p", { class: "crumbs", children: [
          /* @__PURE__ */ a4("a", { href: href("logs"), children: "Logs" }),
          " ",
          /* @__PURE__ */ a4("span", { "aria-hidden": "true", children: "/" })
        ] }),
        /* @__PURE__ */ a4("h1", { children: "Around a log record" })
      ] }),
      loaded.problem && !gone && /* @__PURE__ */ a4(Failed, { problem: loaded.problem, what: "The log records could not be loaded", retry: loaded.reload }),
      gone && /* @__PURE__ */ a4(Gone, {}),
      !loaded.data && loaded.loading && /* @__PURE__ */ a4(Loading, { what: "log records" }),
      records.length > 0 && /* @__PURE__ */ a4("section", { class: "panel", children: [
        /* @__PURE__ */ a4("div", { class: "panel-head", children: [
          /* @__PURE__ */ a4("h2", { children: plural(records.length, "record") }),
          /* @__PURE__ */ a4("span", { class: "note", children: [
            at,
            " after it, ",
            records.length - at - 1,
            " before it; of all services"
          ] })
        ] }),
        /* @__PURE__ */ a4(LogList, { records, label: "Log records around one", marked: id, linked: true, query: param("q") })
      ] })
    ] });
  }
  function LinkedRecord({ id }) {
    const loaded = useLoad(`record ${id}`, (signal) => get("q/logs", { around: id }, signal));
    const record = (loaded.data?.records ?? []).find((r4) => r4.id === id);
    if (!record && !loaded.problem) return null;
    return /* @__PURE__ */ a4("section", { class: "panel", children: [
      /* @__PURE__ */ a4("div", { class: "panel-head", children: [
        /* @__PURE__ */ a4("h2", { children: "The record of the link" }),
        record && /* @__PURE__ */ a4("a", { href: href("logs", { around: id, sel: id }, false), children: "Records around it" })
      ] }),
      record ? /* @__PURE__ */ a4(LogList, { records: [record], label: "The record of the link", linked: true }) : /* @__PURE__ */ a4("p", { class: "panel-note note", children: "It is not kept any more." })
    ] });
  }

  // src/pages/logs.tsx
  var SUGGESTIONS = ["severity>=warn", "severity>=error", "service:", "event:", "shop.order.id=", "-event:http.request"];
  var LEVELS = [["", "All"], ["info", "Info"], ["warn", "Warn"], ["error", "Error"]];
  function levelOf(query) {
    return /^severity>=(\w+)$/.exec(termsOf(query).find((t4) => t4.startsWith("severity>=")) ?? "")?.[1] ?? "";
  }
  function withLevel(query, level) {
    const rest = termsOf(query).filter((t4) => !t4.startsWith("severity>="));
    return (level ? [`severity>=${level}`, ...rest] : rest).join(" ");
  }
  function LogsPage() {
    return param("around") ? /* @__PURE__ */ a4(LogsAround, { id: param("around") }, param("around")) : /* @__PURE__ */ a4(LogsFound, {});
  }
  function Patterns({ query }) {
    const loaded = useLoad(`patterns ${query} ${param("from")} ${param("to")}`, (signal) => get("q/log_patterns", { q: query, ...range() }, signal));
    const list = loaded.data;
    const on = live.value && openEnded();
    A2(() => {
      if (!on) return void 0;
      const timer = window.setInterval(() => !document.hidden && loaded.reload(), 5e3);
      return () => window.clearInterval(timer);
    }, [on]);
    const choose = (pattern) => {
      const terms = termsOf(query);
      change({ q: [...terms, ...termsOfPattern(pattern).filter((t4) => !terms.includes(t4))].join(" "), view: void 0 });
    };
    return /* @__PURE__ */ a4("section", { class: "panel", children: [
      /* @__PURE__ */ a4("div", { class: "panel-head", children: [
        /* @__PURE__ */ a4("h2", { children: list ? plural((list.patterns ?? []).length, "pattern") : "Patterns" }),
        list && /* @__PURE__ */ a4("span", { class: "note", children: [
          "of ",
          plural(list.counted ?? 0, "record"),
          list.more && ", the newest",
          (list.others ?? 0) > 0 && `; ${count(list.others)} have another one`
        ] }),
        /* @__PURE__ */ a4(Views, {})
      ] }),
      loaded.problem && /* @__PURE__ */ a4(Failed, { problem: loaded.problem, what: list ? "What is shown is old" : "The patterns could not be loaded", retry: loaded.reload }),
      !list && loaded.loading && /* @__PURE__ */ a4(Loading, { what: "patterns" }),
      list && /* @__PURE__ */ a4(LogPatterns, { list, onChoose: choose })
    ] });
  }
  function Views() {
    const patterns = param("view") === "patterns";
    return /* @__PURE__ */ a4("div", { class: "segments", role: "group", "aria-label": "Show", children: [
      /* @__PURE__ */ a4("button", { type: "button", "aria-pressed": !patterns, onClick: () => change({ view: void 0 }), children: "Lines" }),
      /* @__PURE__ */ a4("button", { type: "button", "aria-pressed": patterns, onClick: () => change({ view: "patterns" }), children: "Patterns" })
    ] });
  }
  function LogsFound() {
    const query = param("q");
    const linked = param("sel");
    const key = [query, param("from"), param("to")].join("\n");
    const [bad, setBad] = d2();
    const grows = openEnded() && bad !== query;
    const list = useLiveList({
      key: `logs
${key}`,
      query,
      grows,
      signal: "logs",
      idOf: (r4) => r4.id,
      timeOf: (r4) => r4.time_us ?? 0,
      load: async (token, signal) => {
        const found = await get("q/logs", { q: query, page_size: 200, page_token: token, ...range() }, signal);
        return { rows: found.records ?? [], token: found.next_page_token ?? "", searchedBackTo: found.searched_back_to_us ?? 0 };
      }
    });
    const { loaded, rows } = list;
    const facets = useLoad(`log facets
${key}`, (signal) => get("q/facets", { signal: "logs", q: query, ...range() }, signal));
    const badQuery = loaded.problem?.code === "BAD_QUERY";
    A2(() => setBad(badQuery ? query : void 0), [badQuery]);
    const level = levelOf(query);
    const elsewhere = w2(() => rows.some((r4) => r4.id === linked) ? "" : linked, [linked, loaded.data, rows.length > 0]);
    return /* @__PURE__ */ a4("div", { class: "page", children: [
      /* @__PURE__ */ a4("h1", { class: "sr", children: "Logs" }),
      /* @__PURE__ */ a4(
        QueryBox,
        {
          label: "Query for log records",
          placeholder: "severity>=warn service:payment-service declined",
          value: query,
          problem: loaded.problem,
          suggestions: SUGGESTIONS,
          onChange: (q2) => q2 === query ? loaded.reload() : change({ q: q2 })
        }
      ),
      loaded.problem && !badQuery && /* @__PURE__ */ a4(Failed, { problem: loaded.problem, what: "The log records could not be loaded", retry: loaded.reload }),
      !loaded.data && loaded.loading && /* @__PURE__ */ a4(Loading, { what: "log records" }),
      loaded.data && /* @__PURE__ */ a4("div", { class: `columns ${loaded.loading || badQuery ? "old" : ""}`, "aria-busy": loaded.loading, children: [
        /* @__PURE__ */ a4("div", { class: "column-main", children: [
          elsewhere && /* @__PURE__ */ a4(LinkedRecord, { id: elsewhere }, elsewhere),
          rows.length === 0 ? !query && !param("from") && !(status.value?.log_records ?? 0) ? /* @__PURE__ */ a4(FirstSteps, { what: "log record" }) : /* @__PURE__ */ a4(Empty, { title: "No log record matches", children: /* @__PURE__ */ a4("p", { class: "acts", children: [
            query && /* @__PURE__ */ a4("button", { type: "button", onClick: () => change({ q: void 0 }), children: "Leave out the query" }),
            param("from") && /* @__PURE__ */ a4("button", { type: "button", onClick: () => change({ from: void 0, to: void 0 }), children: "Look at all that is kept" })
          ] }) }) : /* @__PURE__ */ a4($, { children: [
            /* @__PURE__ */ a4("section", { class: "panel", children: [
              /* @__PURE__ */ a4("div", { class: "panel-head", children: [
                /* @__PURE__ */ a4("h2", { children: "Records by time" }),
                /* @__PURE__ */ a4("div", { class: "segments", role: "group", "aria-label": "Least severity", children: LEVELS.map(([name, word]) => /* @__PURE__ */ a4("button", { type: "button", "aria-pressed": level === name, onClick: () => change({ q: withLevel(query, name) }), children: word })) })
              ] }),
              /* @__PURE__ */ a4(LogBars, { records: rows, onSelect: (from, to) => change({ from: String(Math.floor(from)), to: String(Math.ceil(to)) }) })
            ] }),
            param("view") === "patterns" ? /* @__PURE__ */ a4(Patterns, { query }) : /* @__PURE__ */ a4(ListPanel, { list, title: `${plural(rows.length, "record")}${list.token ? " so far" : ""}`, what: "records", grows, tools: /* @__PURE__ */ a4(Views, {}), children: /* @__PURE__ */ a4(LogList, { records: rows, query, label: "Log records", linked: true }) })
          ] })
        ] }),
        rows.length > 0 && /* @__PURE__ */ a4(Facets, { list: facets.data, query, onChange: (q2) => change({ q: q2 }) })
      ] })
    ] });
  }

  // src/lib/use_map.ts
  var EVERY_MS = 5e3;
  function useMap() {
    const loaded = useLoad(`map ${param("from")} ${param("to")}`, (signal) => get("q/map", range(), signal));
    const on = live.value && openEnded() && !away2.value;
    A2(() => {
      if (!on) return void 0;
      const timer = window.setInterval(() => !document.hidden && loaded.reload(), EVERY_MS);
      return () => window.clearInterval(timer);
    }, [on]);
    const { from_us = 0, to_us = 0 } = loaded.data ?? {};
    const end = openEnded() || !to_us ? Date.now() * 1e3 : to_us;
    return { ...loaded, seconds: Math.max(1, (end - from_us) / 1e6) };
  }

  // src/lib/layers.ts
  function layersOf(names, edges) {
    const out = /* @__PURE__ */ new Map();
    const called = /* @__PURE__ */ new Set();
    for (const [from, to] of edges) {
      if (from === to) continue;
      out.set(from, [...out.get(from) ?? [], to]);
      called.add(to);
    }
    const layers = /* @__PURE__ */ new Map();
    const visit = (name, layer, way) => {
      if (way.has(name) || layer > names.length || (layers.get(name) ?? -1) >= layer) return;
      layers.set(name, layer);
      way.add(name);
      for (const next of out.get(name) ?? []) visit(next, layer + 1, way);
      way.delete(name);
    };
    for (const name of names) if (!called.has(name)) visit(name, 0, /* @__PURE__ */ new Set());
    for (const name of names) if (!layers.has(name)) visit(name, 0, /* @__PURE__ */ new Set());
    return layers;
  }
  function placed(map) {
    const nodes = (map.nodes ?? []).filter((n3) => n3.name);
    const names = nodes.map((n3) => n3.name);
    const known = new Set(names);
    const edges = (map.edges ?? []).filter((e4) => known.has(e4.from ?? "") && known.has(e4.to ?? "")).map((e4) => [e4.from, e4.to]);
    const layers = layersOf(names, edges);
    const rows = /* @__PURE__ */ new Map();
    const byLayer = [];
    for (const name of names) (byLayer[layers.get(name) ?? 0] ??= []).push(name);
    byLayer.forEach((layer, depth) => {
      const middle = (name) => {
        const callers = edges.filter(([, to]) => to === name).map(([from]) => rows.get(from)).filter((r4) => r4 !== void 0);
        return callers.length ? callers.reduce((sum, r4) => sum + r4, 0) / callers.length : 0;
      };
      if (depth > 0) layer.sort((a5, b3) => middle(a5) - middle(b3) || a5.localeCompare(b3));
      layer.forEach((name, i4) => rows.set(name, i4 - (layer.length - 1) / 2));
    });
    return nodes.map((n3) => ({ name: n3.name, kind: n3.kind ?? "service", calls: n3.calls ?? 0, errors: n3.errors ?? 0, layer: layers.get(n3.name) ?? 0, row: rows.get(n3.name) ?? 0 }));
  }

  // src/parts/map.tsx
  var BOX = 158;
  var TALL = 46;
  var STEP = 62;
  var KIND_WORDS2 = { service: "service", database: "database", queue: "queue", remote: "sends no telemetry" };
  function Node({ node, x: x3, y: y5, seconds }) {
    const content = /* @__PURE__ */ a4($, { children: [
      /* @__PURE__ */ a4("span", { class: "node-name", children: /* @__PURE__ */ a4(Line, { text: node.name, max: 60 }) }),
      /* @__PURE__ */ a4("span", { class: "node-sub num", children: [
        node.kind === "service" ? "" : `${KIND_WORDS2[node.kind] ?? node.kind} · `,
        node.calls ? `${rate(node.calls / seconds)}/s` : "no calls",
        node.errors > 0 && /* @__PURE__ */ a4("span", { class: "error-text", children: [
          " · ",
          percent(node.errors / Math.max(1, node.calls)),
          " ✗"
        ] })
      ] })
    ] });
    const style = { left: `${x3}px`, top: `${y5}px`, width: `${BOX}px`, height: `${TALL}px` };
    const name = `node ${node.kind} ${serviceClass(node.name)} ${node.errors > 0 ? "failing" : ""}`;
    return node.kind === "service" ? /* @__PURE__ */ a4("a", { class: name, style, href: href(`services/${encodeURIComponent(node.name)}`), title: visible(node.name), children: content }) : /* @__PURE__ */ a4("div", { class: name, style, title: visible(node.name), children: content });
  }
  function Picture({ map, seconds }) {
    const holder = T2(null);
    const width = useWidth(holder, 900);
    const nodes = placed(map);
    const layers = Math.max(...nodes.map((n3) => n3.layer), 0) + 1;
    const tallest = Math.max(...nodes.map((n3) => Math.abs(n3.row)), 0);
    const height = (tallest * 2 + 1) * STEP + 24;
    const between = layers > 1 ? Math.min(300, (width - BOX - 4) / (layers - 1)) : 0;
    const left = Math.max(2, (width - between * (layers - 1) - BOX) / 2);
    const at = new Map(nodes.map((n3) => [n3.name, { x: left + n3.layer * between, y: height / 2 + n3.row * STEP - TALL / 2 }]));
    const edges = map.edges ?? [];
    return /* @__PURE__ */ a4("div", { class: "map", ref: holder, style: { height: `${height}px` }, children: [
      /* @__PURE__ */ a4("svg", { width, height, "aria-hidden": "true", children: edges.map((e4) => {
        const from = at.get(e4.from ?? "");
        const to = at.get(e4.to ?? "");
        if (!from || !to || e4.from === e4.to) return null;
        const calls = e4.counts?.calls ?? 0;
        const failed = e4.counts?.errors ?? 0;
        const forward = to.x > from.x;
        const [x1, y1] = [from.x + (forward ? BOX : 0), from.y + TALL / 2];
        const [x22, y22] = [to.x + (forward ? 0 : BOX) - (forward ? 9 : -9), to.y + TALL / 2];
        const bend = Math.max(24, Math.abs(x22 - x1) / 2) * (forward ? 1 : -1);
        const thick = 1 + Math.min(4, Math.log10(1 + calls));
        const tip = forward ? 8 : -8;
        return /* @__PURE__ */ a4("g", { class: failed ? "edge failing" : "edge", children: [
          /* @__PURE__ */ a4("title", { children: visible(`${e4.from} → ${e4.to}: ${count(calls)} calls, p95 ${duration(e4.counts?.p95_ns ?? 0)}${failed ? `, ${failed} failed` : ""}`) }),
          /* @__PURE__ */ a4("path", { d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x22 - bend} ${y22} ${x22} ${y22}`, "stroke-width": thick }),
          /* @__PURE__ */ a4("path", { class: "arrow", d: `M${x22 + tip} ${y22}l${-tip} -4.5v9z` })
        ] });
      }) }),
      nodes.map((n3) => /* @__PURE__ */ a4(Node, { node: n3, x: at.get(n3.name).x, y: at.get(n3.name).y, seconds }, n3.name))
    ] });
  }
  function EdgeTable({ map, seconds, only = "" }) {
    const edges = (map.edges ?? []).filter((e4) => !only || e4.from === only || e4.to === only);
    return /* @__PURE__ */ a4("div", { class: "scroll", children: /* @__PURE__ */ a4("table", { class: "list numbers", "aria-label": "Calls between services", children: [
      /* @__PURE__ */ a4("thead", { children: /* @__PURE__ */ a4("tr", { children: [
        /* @__PURE__ */ a4("th", { scope: "col", children: "From" }),
        /* @__PURE__ */ a4("th", { scope: "col", children: "To" }),
        /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "Calls" }),
        /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "Per second" }),
        /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "Failed" }),
        /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "p95" })
      ] }) }),
      /* @__PURE__ */ a4("tbody", { children: [...edges].sort((a5, b3) => (b3.counts?.calls ?? 0) - (a5.counts?.calls ?? 0)).map((e4) => /* @__PURE__ */ a4("tr", { children: [
        /* @__PURE__ */ a4("td", { children: /* @__PURE__ */ a4("a", { href: href("traces", { q: term("service", e4.from ?? "") }), children: /* @__PURE__ */ a4(Line, { text: e4.from ?? "", max: 60 }) }) }),
        /* @__PURE__ */ a4("td", { children: /* @__PURE__ */ a4(Line, { text: e4.to ?? "", max: 60 }) }),
        /* @__PURE__ */ a4("td", { class: "right num", children: count(e4.counts?.calls ?? 0) }),
        /* @__PURE__ */ a4("td", { class: "right num", children: rate((e4.counts?.calls ?? 0) / seconds) }),
        /* @__PURE__ */ a4("td", { class: `right num ${e4.counts?.errors ? "error-text" : ""}`, children: count(e4.counts?.errors ?? 0) }),
        /* @__PURE__ */ a4("td", { class: "right num", children: duration(e4.counts?.p95_ns ?? 0) })
      ] })) })
    ] }) });
  }
  function CallMap({ map, seconds }) {
    const [table, setTable] = d2(window.innerWidth < 720 || (map.nodes ?? []).length > 60);
    return /* @__PURE__ */ a4("section", { class: "panel", children: [
      /* @__PURE__ */ a4("div", { class: "panel-head", children: [
        /* @__PURE__ */ a4("h2", { children: "Who calls whom" }),
        /* @__PURE__ */ a4("button", { type: "button", "aria-pressed": table, onClick: () => setTable(!table), children: "As table" })
      ] }),
      table ? /* @__PURE__ */ a4(EdgeTable, { map, seconds }) : /* @__PURE__ */ a4(Picture, { map, seconds })
    ] });
  }

  // src/parts/operations.tsx
  var COLUMNS = [
    ["calls", "Per second", (c4) => c4.calls ?? 0],
    ["p50", "p50", (c4) => c4.p50_ns ?? 0],
    ["p95", "p95", (c4) => c4.p95_ns ?? 0],
    ["p99", "p99", (c4) => c4.p99_ns ?? 0],
    ["refused", "Refused", (c4) => c4.refused ?? 0],
    ["errors", "Failed", (c4) => c4.errors ?? 0]
  ];
  var SHOWN2 = 12;
  function Operations({ map, seconds, only = "" }) {
    const [all, setAll] = d2(false);
    const sort = COLUMNS.find(([name]) => name === param("sort")) ?? COLUMNS[0];
    const operations = (map.operations ?? []).filter((o5) => !only || o5.service === only).sort((a5, b3) => sort[2](b3.counts ?? {}) - sort[2](a5.counts ?? {}));
    return /* @__PURE__ */ a4("section", { class: "panel", children: [
      /* @__PURE__ */ a4("div", { class: "panel-head", children: /* @__PURE__ */ a4("h2", { children: "Operations" }) }),
      /* @__PURE__ */ a4("div", { class: "scroll", children: /* @__PURE__ */ a4("table", { class: "list numbers operations", "aria-label": "Operations", children: [
        /* @__PURE__ */ a4("thead", { children: /* @__PURE__ */ a4("tr", { children: [
          /* @__PURE__ */ a4("th", { scope: "col", children: "Operation" }),
          COLUMNS.map(([name, words]) => /* @__PURE__ */ a4("th", { scope: "col", class: "right", "aria-sort": sort[0] === name ? "descending" : void 0, children: /* @__PURE__ */ a4("button", { type: "button", class: "sort", onClick: () => change({ sort: name }, "replace"), children: [
            words,
            sort[0] === name && /* @__PURE__ */ a4("span", { "aria-hidden": "true", children: " ▾" })
          ] }) }))
        ] }) }),
        /* @__PURE__ */ a4("tbody", { children: operations.slice(0, all ? void 0 : SHOWN2).map((o5) => {
          const c4 = o5.counts ?? {};
          const calls = Math.max(1, c4.calls ?? 0);
          return /* @__PURE__ */ a4("tr", { children: [
            /* @__PURE__ */ a4("td", { class: "cell-name", children: /* @__PURE__ */ a4("div", { children: [
              /* @__PURE__ */ a4("a", { href: href("traces", { q: `${term("service", o5.service ?? "")} ${term("name", o5.name ?? "")}` }), children: /* @__PURE__ */ a4(Line, { text: o5.name ?? "", max: 120 }) }),
              !only && /* @__PURE__ */ a4(Service, { name: o5.service ?? "" })
            ] }) }),
            /* @__PURE__ */ a4("td", { class: "right num", title: `${count(c4.calls ?? 0)} calls`, children: rate((c4.calls ?? 0) / seconds) }),
            /* @__PURE__ */ a4("td", { class: "right num", children: duration(c4.p50_ns ?? 0) }),
            /* @__PURE__ */ a4("td", { class: "right num", children: duration(c4.p95_ns ?? 0) }),
            /* @__PURE__ */ a4("td", { class: "right num", children: duration(c4.p99_ns ?? 0) }),
            /* @__PURE__ */ a4("td", { class: `right num ${c4.refused ? "warn-text" : "note"}`, children: c4.refused ? percent(c4.refused / calls) : "0" }),
            /* @__PURE__ */ a4("td", { class: `right num ${c4.errors ? "error-text" : "note"}`, children: c4.errors ? percent(c4.errors / calls) : "0" })
          ] });
        }) })
      ] }) }),
      operations.length > SHOWN2 && /* @__PURE__ */ a4("div", { class: "list-foot", children: /* @__PURE__ */ a4("button", { type: "button", onClick: () => setAll(!all), children: all ? "Show fewer" : `Show all ${operations.length}` }) })
    ] });
  }

  // src/pages/trace_table.tsx
  function TraceRow({ trace, longest }) {
    const outcome = outcomeOf(trace);
    const to = href(`traces/${trace.trace_id}`);
    const said = outcome === "ok" ? "" : trace.error || trace.status || "";
    return /* @__PURE__ */ a4("tr", { class: `row ${outcome}`, onClick: (e4) => !e4.target.closest("a") && !window.getSelection()?.toString() && go(to), children: [
      /* @__PURE__ */ a4("td", { class: "cell-mark", children: /* @__PURE__ */ a4(OutcomeMark, { outcome }) }),
      /* @__PURE__ */ a4("td", { class: "cell-time num", children: shortTime(trace.start_us ?? 0) }),
      /* @__PURE__ */ a4("td", { class: "cell-name", children: /* @__PURE__ */ a4("div", { children: [
        /* @__PURE__ */ a4("a", { href: to, "data-row": true, children: /* @__PURE__ */ a4(Line, { text: trace.name || "(no name)", max: 160 }) }),
        said ? /* @__PURE__ */ a4("span", { class: "row-error", children: /* @__PURE__ */ a4(Line, { text: said, max: 160 }) }) : trace.errors ? /* @__PURE__ */ a4(ErrorsInside, { trace }) : /* @__PURE__ */ a4(Service, { name: trace.service ?? "" }),
        trace.root_missing && !trace.status && /* @__PURE__ */ a4("span", { class: "badge", title: "The first span has not come yet", children: "incomplete" })
      ] }) }),
      /* @__PURE__ */ a4("td", { class: "cell-duration num", children: /* @__PURE__ */ a4("div", { children: [
        /* @__PURE__ */ a4("span", { class: "bar", "aria-hidden": "true", children: /* @__PURE__ */ a4("span", { style: { width: `${Math.min(100, Math.max(1, (trace.duration_ns ?? 0) / longest * 100))}%` } }) }),
        /* @__PURE__ */ a4("span", { children: duration(trace.duration_ns ?? 0) })
      ] }) }),
      /* @__PURE__ */ a4("td", { class: "cell-spans num", children: plural(trace.spans ?? 0, "span") }),
      /* @__PURE__ */ a4("td", { class: "cell-services", children: /* @__PURE__ */ a4(ServiceDots, { names: trace.services ?? [] }) })
    ] });
  }
  function TraceTable({ traces, label }) {
    const sorted = traces.map((t4) => t4.duration_ns ?? 0).sort((a5, b3) => a5 - b3);
    const longest = Math.max(1, sorted[Math.floor(sorted.length * 0.95)] ?? 1);
    return /* @__PURE__ */ a4("table", { class: "list traces-table", "aria-label": label, children: [
      /* @__PURE__ */ a4("thead", { children: /* @__PURE__ */ a4("tr", { children: [
        /* @__PURE__ */ a4("th", { scope: "col", children: /* @__PURE__ */ a4("span", { class: "sr", children: "Outcome" }) }),
        /* @__PURE__ */ a4("th", { scope: "col", children: "Time" }),
        /* @__PURE__ */ a4("th", { scope: "col", children: "Operation" }),
        /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "Duration" }),
        /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "Size" }),
        /* @__PURE__ */ a4("th", { scope: "col", children: "Services" })
      ] }) }),
      /* @__PURE__ */ a4("tbody", { children: traces.map((t4) => /* @__PURE__ */ a4(TraceRow, { trace: t4, longest }, t4.trace_id)) })
    ] });
  }

  // src/pages/overview.tsx
  function atTheEdge(map) {
    const called = new Set((map.edges ?? []).filter((e4) => e4.from !== e4.to).map((e4) => e4.to));
    const requests = (map.operations ?? []).filter((o5) => /^[A-Z]+ \/|^[\w.]+\/\w+$/.test(o5.name ?? ""));
    const own = requests.filter((o5) => !called.has(o5.service));
    return own.length ? own : requests;
  }
  function Numbers({ map, seconds }) {
    const edge = atTheEdge(map);
    const sum = (of) => edge.reduce((total, o5) => total + (o5.counts?.[of] ?? 0), 0);
    const calls = sum("calls");
    const errors = sum("errors");
    const refused = sum("refused");
    const slowest = [...edge].sort((a5, b3) => (b3.counts?.p95_ns ?? 0) - (a5.counts?.p95_ns ?? 0))[0];
    const minutes = Math.round(seconds / 60);
    return /* @__PURE__ */ a4("dl", { class: `numbers-row ${away2.value ? "old" : ""}`, children: [
      /* @__PURE__ */ a4("div", { children: [
        /* @__PURE__ */ a4("dt", { children: "Requests" }),
        /* @__PURE__ */ a4("dd", { class: "num", children: [
          rate(calls / seconds),
          /* @__PURE__ */ a4("span", { class: "unit", children: "/s" })
        ] }),
        /* @__PURE__ */ a4("dd", { class: "note", children: [
          count(calls),
          " in ",
          minutes < 1 ? `${Math.round(seconds)} s` : minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
        ] })
      ] }),
      /* @__PURE__ */ a4("div", { children: [
        /* @__PURE__ */ a4("dt", { children: "Failed" }),
        /* @__PURE__ */ a4("dd", { class: `num ${errors ? "error-text" : ""}`, children: percent(errors / Math.max(1, calls)) }),
        /* @__PURE__ */ a4("dd", { class: "note", children: errors ? /* @__PURE__ */ a4("a", { href: href("traces", { q: "error" }), children: [
          count(errors),
          " of them"
        ] }) : "none" })
      ] }),
      /* @__PURE__ */ a4("div", { children: [
        /* @__PURE__ */ a4("dt", { children: "Refused" }),
        /* @__PURE__ */ a4("dd", { class: `num ${refused ? "warn-text" : ""}`, children: percent(refused / Math.max(1, calls)) }),
        /* @__PURE__ */ a4("dd", { class: "note", children: refused ? `${count(refused)}, the caller was to blame` : "none" })
      ] }),
      /* @__PURE__ */ a4("div", { children: [
        /* @__PURE__ */ a4("dt", { children: "Slowest p95" }),
        /* @__PURE__ */ a4("dd", { class: "num", children: slowest ? duration(slowest.counts?.p95_ns ?? 0) : "–" }),
        /* @__PURE__ */ a4("dd", { class: "note", children: /* @__PURE__ */ a4(Line, { text: slowest?.name ?? "", max: 60 }) })
      ] })
    ] });
  }
  function OverviewPage() {
    const map = useMap();
    const errors = useLoad(`last errors ${map.data?.to_us ?? 0}`, (signal) => get("q/traces", { q: "error", page_size: 6, ...range() }, signal));
    const data = map.data;
    const calls = (data ? atTheEdge(data) : []).reduce((sum, o5) => sum + (o5.counts?.calls ?? 0), 0);
    const services = (data?.nodes ?? []).filter((n3) => n3.kind === "service");
    return /* @__PURE__ */ a4("div", { class: "page", children: [
      /* @__PURE__ */ a4("h1", { class: "sr", children: "Overview" }),
      map.problem && /* @__PURE__ */ a4(Failed, { problem: map.problem, what: data ? "What is shown is old" : "The overview could not be loaded", retry: map.reload }),
      !data && map.loading && /* @__PURE__ */ a4(Loading, { what: "the overview" }),
      data && calls === 0 && /* @__PURE__ */ a4($, { children: [
        /* @__PURE__ */ a4(FirstSteps, { what: "request" }),
        services.length > 0 && /* @__PURE__ */ a4("p", { class: "services-up", children: [
          "Known services: ",
          services.map((n3) => /* @__PURE__ */ a4(Service, { name: n3.name ?? "" }))
        ] })
      ] }),
      data && calls > 0 && /* @__PURE__ */ a4($, { children: [
        /* @__PURE__ */ a4(Numbers, { map: data, seconds: map.seconds }),
        /* @__PURE__ */ a4(CallMap, { map: data, seconds: map.seconds }),
        /* @__PURE__ */ a4(Operations, { map: data, seconds: map.seconds }),
        (errors.data?.traces ?? []).length > 0 && /* @__PURE__ */ a4("section", { class: "panel", children: [
          /* @__PURE__ */ a4("div", { class: "panel-head", children: [
            /* @__PURE__ */ a4("h2", { children: "Last errors" }),
            /* @__PURE__ */ a4("span", { class: "note", children: [
              "the newest ",
              ago(errors.data.traces[0].start_us ?? 0),
              " ago"
            ] }),
            /* @__PURE__ */ a4("a", { href: href("traces", { q: "error" }), children: "All" })
          ] }),
          /* @__PURE__ */ a4(TraceTable, { traces: errors.data.traces, label: "Last errors" })
        ] })
      ] })
    ] });
  }

  // src/lib/use_processes.ts
  var EVERY_MS2 = 5e3;
  function useAnew(loaded) {
    const on = live.value && !away2.value;
    A2(() => {
      if (!on) return void 0;
      const timer = window.setInterval(() => !document.hidden && loaded.reload(), EVERY_MS2);
      return () => window.clearInterval(timer);
    }, [on]);
    return loaded;
  }
  function useProcesses() {
    return useAnew(useLoad("processes", (signal) => get("q/processes", {}, signal)));
  }
  function useProcess(name) {
    return useAnew(useLoad(`process ${name}`, (signal) => name ? get(`q/processes/${encodeURIComponent(name)}`, {}, signal) : Promise.resolve(void 0)));
  }

  // src/parts/log_levels.tsx
  var LEVELS2 = ["trace", "debug", "info", "warn", "error", "fatal", "off"];
  function LogLevels({ process }) {
    const [levels, setLevels] = d2(process.log_levels ?? []);
    const [problem, setProblem] = d2();
    const [said, setSaid] = d2("");
    const [busy, setBusy] = d2(false);
    A2(() => setLevels(process.log_levels ?? []), [process.log_levels]);
    const set = async (part, level) => {
      setBusy(true);
      setProblem(void 0);
      try {
        const changed = await put(`q/processes/${encodeURIComponent(process.name ?? "")}/log_level`, { levels: part ? `${part}=${level}` : level });
        setLevels(changed.log_levels ?? []);
        setSaid(`${part || "All parts"}: ${level}`);
      } catch (error) {
        setProblem(asProblem(error));
      } finally {
        setBusy(false);
      }
    };
    const all = new Set(levels.map((l4) => l4.level));
    const select = (label, value, part) => /* @__PURE__ */ a4("label", { children: [
      /* @__PURE__ */ a4("span", { children: label }),
      /* @__PURE__ */ a4("select", { "aria-label": `Log level of ${label}`, value, disabled: busy, onChange: (e4) => void set(part, e4.currentTarget.value), children: [
        !LEVELS2.includes(value) && /* @__PURE__ */ a4("option", { value, children: value || "different" }),
        LEVELS2.map((level) => /* @__PURE__ */ a4("option", { value: level, children: level }))
      ] })
    ] });
    return /* @__PURE__ */ a4("section", { class: "panel", children: [
      /* @__PURE__ */ a4("div", { class: "panel-head", children: [
        /* @__PURE__ */ a4("h2", { children: "Log levels" }),
        /* @__PURE__ */ a4("span", { class: "note", children: "until the process ends" })
      ] }),
      problem && /* @__PURE__ */ a4(Failed, { problem, what: "The level was not changed" }),
      /* @__PURE__ */ a4("div", { class: "levels", children: [
        select("all parts", all.size === 1 ? [...all][0] : "", ""),
        levels.map((l4) => select(l4.part ?? "", l4.level ?? "", l4.part ?? ""))
      ] }),
      /* @__PURE__ */ a4("span", { class: "sr", role: "status", children: said })
    ] });
  }

  // src/parts/process_facts.tsx
  function inFlight(process, service) {
    return (process.requests ?? []).filter((r4) => !service || r4.service === service).reduce((sum, r4) => sum + (r4.http ?? 0) + (r4.rpc ?? 0), 0);
  }
  function isAway(process) {
    return !process.version && (process.problems ?? []).length > 0;
  }
  function uptime(seconds) {
    const [d5, h5, m5] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
    if (d5) return `${d5} d ${h5} h`;
    if (h5) return `${h5} h ${m5} min`;
    return m5 ? `${m5} min` : `${seconds} s`;
  }
  function modulesOf(process) {
    return (process.modules ?? []).map((m5) => m5.name ?? "").join(", ");
  }
  function HealthPill({ process }) {
    if (isAway(process)) return /* @__PURE__ */ a4("span", { class: "pill error", children: "no answer" });
    return process.ready ? /* @__PURE__ */ a4("span", { class: "pill ok", children: "ready" }) : /* @__PURE__ */ a4("span", { class: "pill error", children: "not ready" });
  }
  function ProcessFacts({ process, service }) {
    const lags = process.loop_lag_us ?? [];
    return /* @__PURE__ */ a4("dl", { class: "facts process-facts", children: [
      /* @__PURE__ */ a4("div", { children: [
        /* @__PURE__ */ a4("dt", { children: "Health" }),
        /* @__PURE__ */ a4("dd", { children: /* @__PURE__ */ a4(HealthPill, { process }) })
      ] }),
      /* @__PURE__ */ a4("div", { children: [
        /* @__PURE__ */ a4("dt", { children: "Version" }),
        /* @__PURE__ */ a4("dd", { children: process.version || "–" })
      ] }),
      /* @__PURE__ */ a4("div", { children: [
        /* @__PURE__ */ a4("dt", { children: "Up" }),
        /* @__PURE__ */ a4("dd", { class: "num", children: process.uptime_s !== void 0 && !isAway(process) ? uptime(process.uptime_s) : "–" })
      ] }),
      /* @__PURE__ */ a4("div", { children: [
        /* @__PURE__ */ a4("dt", { children: "Memory" }),
        /* @__PURE__ */ a4("dd", { class: "num", children: process.memory_bytes ? bytes(process.memory_bytes) : "–" })
      ] }),
      /* @__PURE__ */ a4("div", { children: [
        /* @__PURE__ */ a4("dt", { children: "Loops" }),
        /* @__PURE__ */ a4("dd", { class: "num", children: [
          lags.length || "–",
          lags.length > 0 && /* @__PURE__ */ a4("span", { class: "note", children: [
            " ",
            duration(Math.max(...lags) * 1e3),
            " late"
          ] })
        ] })
      ] }),
      /* @__PURE__ */ a4("div", { children: [
        /* @__PURE__ */ a4("dt", { children: "In flight" }),
        /* @__PURE__ */ a4("dd", { class: "num", children: isAway(process) ? "–" : count(inFlight(process, service)) })
      ] }),
      /* @__PURE__ */ a4("div", { children: [
        /* @__PURE__ */ a4("dt", { children: "HTTP connections" }),
        /* @__PURE__ */ a4("dd", { class: "num", children: isAway(process) ? "–" : count(process.http_connections ?? 0) })
      ] }),
      /* @__PURE__ */ a4("div", { children: [
        /* @__PURE__ */ a4("dt", { children: "Waiting tasks" }),
        /* @__PURE__ */ a4("dd", { class: "num", children: isAway(process) ? "–" : count(process.waiting_tasks ?? 0) })
      ] })
    ] });
  }
  function ProcessTroubles({ process, named = false }) {
    const modules = (process.modules ?? []).filter((m5) => (m5.reasons ?? []).length > 0 || !m5.ready);
    const reasons = modules.length ? [] : process.reasons ?? [];
    const problems = process.problems ?? [];
    if (!modules.length && !reasons.length && !problems.length) return null;
    return /* @__PURE__ */ a4("ul", { class: "troubles", children: [
      modules.map((m5) => /* @__PURE__ */ a4("li", { class: m5.ready ? "warn-text" : "error-text", children: [
        named && /* @__PURE__ */ a4("code", { children: [
          process.name,
          " "
        ] }),
        /* @__PURE__ */ a4("strong", { children: m5.name }),
        " ",
        m5.ready ? "is impaired" : "is not ready",
        (m5.reasons ?? []).length > 0 && ": ",
        /* @__PURE__ */ a4(Foreign, { text: (m5.reasons ?? []).join("; ").slice(0, 500) })
      ] })),
      reasons.map((r4) => /* @__PURE__ */ a4("li", { class: process.ready ? "warn-text" : "error-text", children: /* @__PURE__ */ a4(Foreign, { text: r4.slice(0, 500) }) })),
      problems.map((p5) => /* @__PURE__ */ a4("li", { class: "error-text", children: [
        named && /* @__PURE__ */ a4("code", { children: [
          process.name,
          " "
        ] }),
        /* @__PURE__ */ a4("code", { children: p5.page }),
        " did not answer: ",
        /* @__PURE__ */ a4(Foreign, { text: (p5.problem ?? "").slice(0, 500) })
      ] }))
    ] });
  }

  // src/parts/settings_table.tsx
  function SettingsTable({ settings }) {
    const [find, setFind] = d2("");
    const [changed, setChanged] = d2(false);
    const words = find.trim().toLowerCase();
    const shown = settings.filter((s4) => (!changed || s4.origin !== "default") && (!words || `${s4.key} ${s4.value} ${s4.origin} ${s4.help}`.toLowerCase().includes(words)));
    return /* @__PURE__ */ a4("section", { class: "panel", children: [
      /* @__PURE__ */ a4("div", { class: "panel-head", children: [
        /* @__PURE__ */ a4("h2", { children: "Settings" }),
        /* @__PURE__ */ a4("span", { class: "note", children: [
          plural(shown.length, "setting"),
          shown.length < settings.length && ` of ${settings.length}`
        ] }),
        /* @__PURE__ */ a4("div", { class: "panel-tools", children: [
          /* @__PURE__ */ a4("input", { type: "search", "aria-label": "Find a setting", placeholder: "Find a setting", value: find, onInput: (e4) => setFind(e4.currentTarget.value) }),
          /* @__PURE__ */ a4("button", { type: "button", "aria-pressed": changed, onClick: () => setChanged(!changed), children: "Not default" })
        ] })
      ] }),
      shown.length === 0 ? /* @__PURE__ */ a4("p", { class: "panel-note note", children: words ? "No setting has this in its name, value, origin or text." : "All settings have their default values." }) : /* @__PURE__ */ a4("div", { class: "scroll settings-scroll", tabIndex: 0, role: "region", "aria-label": "Settings", children: /* @__PURE__ */ a4("table", { class: "list settings", children: [
        /* @__PURE__ */ a4("thead", { children: /* @__PURE__ */ a4("tr", { children: [
          /* @__PURE__ */ a4("th", { scope: "col", children: "Setting" }),
          /* @__PURE__ */ a4("th", { scope: "col", children: "Value" }),
          /* @__PURE__ */ a4("th", { scope: "col", children: "From" })
        ] }) }),
        /* @__PURE__ */ a4("tbody", { children: shown.map((s4) => /* @__PURE__ */ a4("tr", { children: [
          /* @__PURE__ */ a4("th", { scope: "row", children: [
            /* @__PURE__ */ a4("code", { children: s4.key }),
            /* @__PURE__ */ a4("span", { class: "note", children: s4.help })
          ] }),
          /* @__PURE__ */ a4("td", { children: /* @__PURE__ */ a4("code", { children: s4.value ? /* @__PURE__ */ a4(Value, { text: s4.value }) : /* @__PURE__ */ a4("span", { class: "note", children: "empty" }) }) }),
          /* @__PURE__ */ a4("td", { class: s4.origin === "default" ? "note" : "", children: /* @__PURE__ */ a4(Foreign, { text: (s4.origin ?? "").slice(0, 300) }) })
        ] })) })
      ] }) })
    ] });
  }

  // src/pages/process.tsx
  function ProcessTable({ processes }) {
    return /* @__PURE__ */ a4("section", { class: "panel", children: [
      /* @__PURE__ */ a4("div", { class: "panel-head", children: /* @__PURE__ */ a4("h2", { children: "Processes" }) }),
      /* @__PURE__ */ a4("div", { class: "scroll", children: /* @__PURE__ */ a4("table", { class: "list numbers", "aria-label": "Processes", children: [
        /* @__PURE__ */ a4("thead", { children: /* @__PURE__ */ a4("tr", { children: [
          /* @__PURE__ */ a4("th", { scope: "col", children: "Process" }),
          /* @__PURE__ */ a4("th", { scope: "col", children: "Health" }),
          /* @__PURE__ */ a4("th", { scope: "col", children: "Runs" }),
          /* @__PURE__ */ a4("th", { scope: "col", children: "Version" }),
          /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "Up" }),
          /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "Memory" }),
          /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "In flight" })
        ] }) }),
        /* @__PURE__ */ a4("tbody", { children: processes.map((p5) => /* @__PURE__ */ a4("tr", { children: [
          /* @__PURE__ */ a4("td", { children: /* @__PURE__ */ a4("a", { href: href(`processes/${encodeURIComponent(p5.name ?? "")}`), children: /* @__PURE__ */ a4("code", { children: p5.name }) }) }),
          /* @__PURE__ */ a4("td", { children: /* @__PURE__ */ a4(HealthPill, { process: p5 }) }),
          /* @__PURE__ */ a4("td", { class: "clip", title: visible(modulesOf(p5)), children: visible(modulesOf(p5)) || /* @__PURE__ */ a4("span", { class: "note", children: "–" }) }),
          /* @__PURE__ */ a4("td", { children: p5.version || /* @__PURE__ */ a4("span", { class: "note", children: "–" }) }),
          /* @__PURE__ */ a4("td", { class: "right num", children: isAway(p5) ? "–" : uptime(p5.uptime_s ?? 0) }),
          /* @__PURE__ */ a4("td", { class: "right num", children: p5.memory_bytes ? bytes(p5.memory_bytes) : "–" }),
          /* @__PURE__ */ a4("td", { class: "right num", children: isAway(p5) ? "–" : count(inFlight(p5)) })
        ] })) })
      ] }) }),
      processes.map((p5) => /* @__PURE__ */ a4(ProcessTroubles, { process: p5, named: true }))
    ] });
  }
  function InFlight({ process }) {
    const requests = process.requests ?? [];
    if (!requests.length) return null;
    return /* @__PURE__ */ a4("section", { class: "panel", children: [
      /* @__PURE__ */ a4("div", { class: "panel-head", children: /* @__PURE__ */ a4("h2", { children: "Requests in flight" }) }),
      /* @__PURE__ */ a4("div", { class: "scroll", children: /* @__PURE__ */ a4("table", { class: "list numbers", "aria-label": "Requests in flight", children: [
        /* @__PURE__ */ a4("thead", { children: /* @__PURE__ */ a4("tr", { children: [
          /* @__PURE__ */ a4("th", { scope: "col", children: "Service" }),
          /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "HTTP" }),
          /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "Calls" })
        ] }) }),
        /* @__PURE__ */ a4("tbody", { children: requests.map((r4) => /* @__PURE__ */ a4("tr", { children: [
          /* @__PURE__ */ a4("td", { children: /* @__PURE__ */ a4("a", { href: href(`services/${encodeURIComponent(r4.service ?? "")}`), children: /* @__PURE__ */ a4(Service, { name: r4.service ?? "" }) }) }),
          /* @__PURE__ */ a4("td", { class: "right num", children: count(r4.http ?? 0) }),
          /* @__PURE__ */ a4("td", { class: "right num", children: count(r4.rpc ?? 0) })
        ] })) })
      ] }) })
    ] });
  }
  function ProcessNow({ process, service = "" }) {
    return /* @__PURE__ */ a4("section", { class: "panel", children: [
      /* @__PURE__ */ a4("div", { class: "panel-head", children: [
        /* @__PURE__ */ a4("h2", { children: service ? "Its process" : "Now" }),
        service && /* @__PURE__ */ a4("a", { href: href(`processes/${encodeURIComponent(process.name ?? "")}`), children: /* @__PURE__ */ a4("code", { children: process.name }) })
      ] }),
      /* @__PURE__ */ a4("div", { class: "process-body", children: [
        /* @__PURE__ */ a4(ProcessFacts, { process, service }),
        /* @__PURE__ */ a4(ProcessTroubles, { process })
      ] })
    ] });
  }
  function ProcessSetup({ process }) {
    return /* @__PURE__ */ a4($, { children: [
      (process.log_levels ?? []).length > 0 && /* @__PURE__ */ a4(LogLevels, { process }),
      (process.settings ?? []).length > 0 && /* @__PURE__ */ a4(SettingsTable, { settings: process.settings })
    ] });
  }
  function ProcessPage({ name }) {
    const loaded = useProcess(name);
    const process = loaded.data;
    const unknown = loaded.problem?.code === "PROCESS_NOT_FOUND";
    return /* @__PURE__ */ a4("div", { class: "page", children: [
      /* @__PURE__ */ a4("header", { class: "trace-head", children: [
        /* @__PURE__ */ a4("p", { class: "crumbs", children: [
          /* @__PURE__ */ a4("a", { href: href("services"), children: "Services" }),
          " ",
          /* @__PURE__ */ a4("span", { "aria-hidden": "true", children: "/" })
        ] }),
        /* @__PURE__ */ a4("h1", { children: [
          "Process ",
          /* @__PURE__ */ a4(Foreign, { text: name.slice(0, 200) })
        ] })
      ] }),
      unknown && /* @__PURE__ */ a4(Empty, { title: "The console knows no process at this address", children: [
        /* @__PURE__ */ a4("p", { children: [
          "It knows its own process, and those that the setting ",
          /* @__PURE__ */ a4("code", { children: "console.ops_urls" }),
          " names."
        ] }),
        /* @__PURE__ */ a4("p", { class: "acts", children: /* @__PURE__ */ a4("a", { href: href("services"), children: "All services" }) })
      ] }),
      loaded.problem && !unknown && /* @__PURE__ */ a4(Failed, { problem: loaded.problem, what: process ? "What is shown is old" : "The process could not be asked", retry: loaded.reload }),
      !process && loaded.loading && /* @__PURE__ */ a4(Loading, { what: "the process" }),
      process && /* @__PURE__ */ a4(ProcessNow, { process }),
      process && /* @__PURE__ */ a4(InFlight, { process }),
      process && /* @__PURE__ */ a4(ProcessSetup, { process })
    ] });
  }

  // src/lib/openapi.ts
  function typeOf(schema) {
    const types = (Array.isArray(schema.type) ? schema.type : [schema.type ?? "string"]).filter((t4) => t4 !== "null");
    if (types.includes("object") || types.includes("array")) return "json";
    if (types.includes("integer") || types.includes("number")) return "number";
    if (types.includes("boolean")) return "boolean";
    return "text";
  }
  function exampleOf(document2, schema, depth = 0) {
    const whole = resolved(document2, schema);
    if (whole.examples?.length) return whole.examples[0];
    if (whole.properties && depth < 3) {
      return Object.fromEntries(Object.entries(whole.properties).map(([name, s4]) => [name, exampleOf(document2, s4, depth + 1)]).filter(([, v4]) => v4 !== void 0));
    }
    if (whole.items && depth < 3) return [exampleOf(document2, whole.items, depth + 1)];
    return void 0;
  }
  function resolved(document2, schema) {
    const name = schema.$ref?.split("/").at(-1);
    return name ? document2.components?.schemas?.[name] ?? {} : schema;
  }
  function inputOf(document2, name, where, raw, required, description = "") {
    const schema = resolved(document2, raw);
    const kind = schema.properties ? "json" : typeOf(schema);
    const example = exampleOf(document2, raw);
    return {
      name,
      where,
      required,
      kind,
      description: description || schema.description || raw.description || "",
      choices: (schema.enum ?? []).filter((v4) => typeof v4 === "string" && v4 !== ""),
      example: example === void 0 ? "" : kind === "json" ? JSON.stringify(example, null, 2) : String(example)
    };
  }
  function inputsOf(document2, raw) {
    const inputs = [];
    for (const parameter of raw.parameters ?? []) {
      const name = parameter.$ref?.split("/").at(-1);
      const whole = name ? document2.components?.parameters?.[name] ?? {} : parameter;
      const where = whole.in;
      if (!whole.name || !/^(path|query|header)$/.test(where)) continue;
      inputs.push(inputOf(document2, whole.name, where, whole.schema ?? {}, whole.required ?? where === "path", whole.description));
    }
    if (raw.security?.length) {
      const description = "Bearer and an access token, if the shop asks for one";
      inputs.push({ name: "Authorization", where: "header", required: false, kind: "text", description, choices: [], example: "" });
    }
    const content = raw.requestBody?.content ?? {};
    const body = (content["application/json"] ?? Object.values(content)[0])?.schema;
    if (body) {
      const schema = resolved(document2, body);
      const taken = new Set(inputs.filter((i4) => i4.where === "path").map((i4) => i4.name));
      for (const [name, property] of Object.entries(schema.properties ?? {})) {
        if (!taken.has(name)) inputs.push(inputOf(document2, name, "body", property, (schema.required ?? []).includes(name)));
      }
    }
    return inputs;
  }
  function grpcOf(raw, packages) {
    const [service, method] = (raw.operationId ?? "").split("_");
    const name = packages.get(raw.tags?.[0] ?? "");
    return name && service && method ? `${name}.${service}/${method}` : "";
  }
  function packagesOf(document2) {
    const counts = /* @__PURE__ */ new Map();
    for (const raw of Object.values(document2.paths ?? {}).flatMap((methods) => Object.values(methods))) {
      const of = counts.get(raw.tags?.[0] ?? "") ?? /* @__PURE__ */ new Map();
      counts.set(raw.tags?.[0] ?? "", of);
      const contents = [raw.requestBody, ...Object.values(raw.responses ?? {})].flatMap((part) => Object.values(part?.content ?? {}));
      for (const { schema } of contents) {
        const name = /schemas\/([a-z0-9_.]+)\.[A-Z]/.exec(schema?.$ref ?? "")?.[1];
        if (name) of.set(name, (of.get(name) ?? 0) + 1);
      }
    }
    return new Map([...counts].map(([service, of]) => [service, [...of].sort((a5, b3) => b3[1] - a5[1])[0]?.[0] ?? ""]));
  }
  function operationsOf(document2) {
    const operations = [];
    const packages = packagesOf(document2);
    for (const [path2, methods] of Object.entries(document2.paths ?? {})) {
      for (const [method, raw] of Object.entries(methods)) {
        const streams = Object.values(raw.responses ?? {}).some((r4) => r4.content && "text/event-stream" in r4.content) || path2.endsWith("/events");
        if (streams) continue;
        operations.push({
          id: raw.operationId ?? `${method} ${path2}`,
          group: (raw.tags?.[0] ?? "Other").replace(/Service$/, ""),
          method: method.toUpperCase(),
          path: path2,
          summary: raw.summary ?? "",
          description: raw.description ?? "",
          inputs: inputsOf(document2, raw),
          grpc: grpcOf(raw, packages)
        });
      }
    }
    return operations;
  }

  // src/lib/commands.ts
  function quoted2(text) {
    return `'${text.replace(/'/g, "'\\''")}'`;
  }
  function curlOf(method, path2, headers, body) {
    const parts = [`curl -i${method === "GET" ? "" : ` -X ${method}`} ${quoted2(urlOf(`shop${path2}`))}`];
    if (method !== "GET") parts.push("-H 'X-Tradewind-Console: 1'");
    for (const [name, value] of Object.entries(headers)) if (name !== "Accept") parts.push(`-H ${quoted2(`${name}: ${value}`)}`);
    if (body) parts.push(`-d ${quoted2(body)}`);
    return parts.join(" \\\n  ");
  }
  function grpcurlOf(call, shopUrl) {
    const url = new URL(shopUrl || "http://localhost:8080");
    const secure = url.protocol === "https:";
    const parts = [`grpcurl${secure ? "" : " -plaintext"}`];
    for (const [name, value] of Object.entries(call.metadata)) parts.push(`-H ${quoted2(`${name.toLowerCase()}: ${value}`)}`);
    parts.push(`-d ${quoted2(JSON.stringify(call.message))}`);
    parts.push(`${quoted2(`${url.hostname}:${url.port || (secure ? 443 : 80)}`)} ${call.method}`);
    return parts.join(" \\\n  ");
  }

  // src/parts/exchange.tsx
  function RequestText({ method, path: path2, headers, body, grpc }) {
    const lines = [`${method} ${path2}`, ...Object.entries(headers).filter(([n3]) => n3 !== "Accept").map(([n3, v4]) => `${n3}: ${v4}`), ...body ? ["", body] : []];
    return /* @__PURE__ */ a4("div", { class: "request-text", children: [
      /* @__PURE__ */ a4("pre", { tabIndex: 0, "aria-label": "The request", children: lines.join("\n") }),
      /* @__PURE__ */ a4("div", { class: "request-copies", children: [
        /* @__PURE__ */ a4(Copy, { text: curlOf(method, path2, headers, body), label: "Copy as curl", word: "curl" }),
        grpc && /* @__PURE__ */ a4(Copy, { text: grpcurlOf(grpc, status.value?.shop_url ?? ""), label: "Copy as grpcurl", word: "grpcurl" })
      ] })
    ] });
  }
  function pretty(body) {
    try {
      return JSON.stringify(JSON.parse(body), null, 2);
    } catch {
      return body;
    }
  }
  function Answer({ exchange, whole = false }) {
    return /* @__PURE__ */ a4("div", { class: "answer", role: "status", children: [
      exchange.status > 0 && /* @__PURE__ */ a4("p", { class: "answer-head", children: [
        /* @__PURE__ */ a4("code", { children: [
          exchange.method,
          " …/",
          exchange.path.split("?")[0].split("/").at(-1)
        ] }),
        /* @__PURE__ */ a4("span", { class: `pill ${exchange.status >= 500 ? "error" : exchange.status >= 400 ? "refused" : "ok"}`, children: [
          exchange.status,
          " ",
          exchange.statusText
        ] }),
        /* @__PURE__ */ a4("span", { class: "num", children: [
          exchange.milliseconds.toFixed(exchange.milliseconds < 10 ? 1 : 0),
          " ms"
        ] }),
        exchange.etag && /* @__PURE__ */ a4("span", { children: [
          "ETag ",
          /* @__PURE__ */ a4("code", { children: exchange.etag })
        ] }),
        exchange.replayed && /* @__PURE__ */ a4("span", { class: "badge", children: "Replayed: the key was known" }),
        /* @__PURE__ */ a4("a", { href: href(`traces/${exchange.traceId}`, {}, false), children: "Its trace" })
      ] }),
      exchange.problem && /* @__PURE__ */ a4(Failed, { problem: exchange.problem, what: exchange.problem.status === 412 ? "It was changed meanwhile" : "It was not done" }),
      whole && exchange.body && /* @__PURE__ */ a4($, { children: [
        /* @__PURE__ */ a4("details", { class: "section", children: [
          /* @__PURE__ */ a4("summary", { children: [
            "Headers ",
            exchange.headers.length
          ] }),
          /* @__PURE__ */ a4("pre", { class: "body", tabIndex: 0, children: exchange.headers.map(([n3, v4]) => `${n3}: ${v4}`).join("\n") })
        ] }),
        /* @__PURE__ */ a4("div", { class: "body-box", children: [
          /* @__PURE__ */ a4("pre", { class: "body", tabIndex: 0, "aria-label": "The answer's body", children: /* @__PURE__ */ a4(Value, { text: pretty(exchange.body) }) }),
          /* @__PURE__ */ a4(Copy, { text: exchange.body, label: "Copy the answer" })
        ] })
      ] })
    ] });
  }

  // src/pages/requests.tsx
  var keyOf = (input) => `${input.where} ${input.name}`;
  function firstValues(operation) {
    const values = {};
    for (const input of operation.inputs) {
      if (input.name === "Idempotency-Key") values[keyOf(input)] = newKey();
      else if (input.where === "body" && input.example && input.name !== "lines") values[keyOf(input)] = input.example;
    }
    return values;
  }
  function grpcOf2(operation, values, body) {
    if (!operation.grpc) return void 0;
    const call = { method: operation.grpc, metadata: {}, message: {} };
    for (const input of operation.inputs) {
      const value = values[keyOf(input)] ?? "";
      if (!value || input.where === "body") continue;
      const version = input.name === "If-Match" ? /^\D*(\d+)/.exec(value)?.[1] : void 0;
      if (version) call.message.expected_version = Number(version);
      else if (input.where === "header" && !/^If-/.test(input.name)) call.metadata[input.name] = value;
      else if (input.where !== "header") call.message[input.name] = typed(input, value);
    }
    Object.assign(call.message, body);
    return call;
  }
  function typed(input, value) {
    if (input.kind === "boolean") return value === "true";
    return input.kind === "number" && /^-?\d+$/.test(value) ? Number(value) : value;
  }
  function build(operation, values) {
    let path2 = operation.path;
    let fault = "";
    const query = new URLSearchParams();
    const headers = {};
    let body;
    for (const input of operation.inputs) {
      const value = values[keyOf(input)] ?? "";
      if (input.where === "body") body ??= {};
      if (!value) {
        if (input.required && !fault) fault = `${input.name} is missing`;
        continue;
      }
      if (input.where === "path") path2 = path2.replace(`{${input.name}}`, encodeURIComponent(value));
      else if (input.where === "query") query.set(input.name, value);
      else if (input.where === "header") headers[input.name] = value;
      else if (input.kind === "json") {
        try {
          body[input.name] = JSON.parse(value);
        } catch {
          fault ||= `${input.name} is no JSON`;
        }
      } else body[input.name] = typed(input, value);
    }
    if (operation.method !== "GET" && body === void 0) body = {};
    if (body) headers["Content-Type"] = "application/json";
    const search = query.toString();
    return { path: search ? `${path2}?${search}` : path2, headers, body, grpc: grpcOf2(operation, values, body), fault };
  }
  function useIds(operation) {
    const [ids, setIds] = d2({});
    A2(() => {
      if (!operation) return void 0;
      const controller = new AbortController();
      const kind = /^\/api\/(\w+)\/\{id\}/.exec(operation.path)?.[1];
      const wanted = operation.inputs.flatMap((i4) => {
        const found = /^(user|order|product|payment)_id$/.exec(i4.name)?.[1];
        return found ? [[i4.name, `${found}s`]] : i4.name === "id" && i4.where === "path" && kind ? [["id", kind]] : [];
      });
      for (const [name, list] of wanted) {
        const newest = list === "products" ? {} : { newest_first: "true" };
        readShop(`/api/${list}`, { page_size: 200, ...newest }, controller.signal).then(
          (found) => setIds((old) => ({ ...old, [name]: (found[list] ?? []).map((r4) => r4.id) })),
          () => void 0
        );
      }
      setIds({});
      return () => controller.abort();
    }, [operation?.id]);
    return ids;
  }
  function Field({ input, value, ids, onChange }) {
    const id = `input-${input.where}-${input.name}`;
    const listId = ids.length ? `${id}-ids` : void 0;
    const common = { id, value, "aria-describedby": input.description ? `${id}-note` : void 0 };
    return /* @__PURE__ */ a4("div", { class: "form-row", children: [
      /* @__PURE__ */ a4("label", { for: id, children: [
        /* @__PURE__ */ a4("code", { children: input.name }),
        input.required && /* @__PURE__ */ a4("span", { class: "required", title: "required", children: " *" })
      ] }),
      /* @__PURE__ */ a4("div", { children: [
        input.kind === "json" ? /* @__PURE__ */ a4("textarea", { ...common, rows: 4, spellcheck: false, placeholder: input.example, onInput: (e4) => onChange(e4.currentTarget.value) }) : input.choices.length || input.kind === "boolean" ? /* @__PURE__ */ a4("select", { ...common, onChange: (e4) => onChange(e4.currentTarget.value), children: [
          /* @__PURE__ */ a4("option", { value: "", children: "–" }),
          (input.choices.length ? input.choices : ["true", "false"]).map((c4) => /* @__PURE__ */ a4("option", { value: c4, children: c4 }))
        ] }) : /* @__PURE__ */ a4("input", { ...common, list: listId, spellcheck: false, autocomplete: "off", inputMode: input.kind === "number" ? "numeric" : "text", placeholder: input.example || ids[0] || "", onInput: (e4) => onChange(e4.currentTarget.value) }),
        listId && /* @__PURE__ */ a4("datalist", { id: listId, children: ids.map((one) => /* @__PURE__ */ a4("option", { value: one })) }),
        ids.length > 0 && !value && /* @__PURE__ */ a4("button", { type: "button", class: "link", onClick: () => onChange(ids[0]), children: "Use the last one" }),
        input.name === "Idempotency-Key" && /* @__PURE__ */ a4("button", { type: "button", class: "link", onClick: () => onChange(newKey()), children: "New key" }),
        input.description && /* @__PURE__ */ a4(Description, { id: `${id}-note`, text: input.description })
      ] })
    ] });
  }
  var WHERE_WORDS = { path: "Path", query: "Query", header: "Headers", body: "Body" };
  function Form({ operation }) {
    const [values, setValues] = d2(() => firstValues(operation));
    const [last, setLast] = d2();
    const [busy, setBusy] = d2(false);
    const ids = useIds(operation);
    const built = build(operation, values);
    const send2 = async () => {
      setBusy(true);
      setLast(await callShop(operation.method, built.path, { headers: built.headers, ...built.body ? { body: built.body } : {} }));
      setBusy(false);
    };
    return /* @__PURE__ */ a4("div", { class: "request-form", children: [
      /* @__PURE__ */ a4("section", { class: "panel", children: [
        /* @__PURE__ */ a4("div", { class: "panel-head", children: /* @__PURE__ */ a4("h2", { children: [
          /* @__PURE__ */ a4("span", { class: `method ${operation.method}`, children: operation.method }),
          " ",
          /* @__PURE__ */ a4("code", { children: operation.path })
        ] }) }),
        /* @__PURE__ */ a4("form", { class: "acts-body", onSubmit: (e4) => (e4.preventDefault(), built.fault ? void 0 : void send2()), children: [
          /* @__PURE__ */ a4("div", { children: [
            /* @__PURE__ */ a4("p", { children: operation.summary }),
            operation.description && /* @__PURE__ */ a4(Description, { text: operation.description })
          ] }),
          ["path", "query", "body", "header"].map((where) => {
            const inputs = operation.inputs.filter((i4) => i4.where === where);
            if (!inputs.length) return null;
            return /* @__PURE__ */ a4("fieldset", { children: [
              /* @__PURE__ */ a4("legend", { children: WHERE_WORDS[where] }),
              inputs.map((input) => /* @__PURE__ */ a4(Field, { input, value: values[keyOf(input)] ?? "", ids: ids[input.name] ?? [], onChange: (v4) => setValues((old) => ({ ...old, [keyOf(input)]: v4 })) }, keyOf(input)))
            ] });
          }),
          /* @__PURE__ */ a4(RequestText, { method: operation.method, path: built.path, headers: built.headers, body: built.body ? JSON.stringify(built.body) : "", grpc: built.grpc }),
          /* @__PURE__ */ a4("p", { class: "act-line", children: [
            /* @__PURE__ */ a4("button", { type: "submit", class: "primary", disabled: busy || built.fault !== "", children: busy ? "Waiting for the answer …" : "Send" }),
            built.fault && /* @__PURE__ */ a4("span", { class: "note", children: built.fault })
          ] })
        ] })
      ] }),
      last && /* @__PURE__ */ a4("section", { class: "panel", children: [
        /* @__PURE__ */ a4("div", { class: "panel-head", children: /* @__PURE__ */ a4("h2", { children: "Answer" }) }),
        /* @__PURE__ */ a4("div", { class: "acts-body", children: /* @__PURE__ */ a4(Answer, { exchange: last, whole: true }) })
      ] })
    ] });
  }
  function RequestsPage() {
    const loaded = useLoad("openapi", (signal) => readShop("/openapi.json", {}, signal));
    const operations = w2(() => loaded.data ? operationsOf(loaded.data) : [], [loaded.data]);
    const chosen = operations.find((o5) => o5.id === param("sel")) ?? operations.find((o5) => o5.method === "POST" && o5.path === "/api/orders") ?? operations[0];
    const groups = [...new Set(operations.map((o5) => o5.group))];
    return /* @__PURE__ */ a4("div", { class: "page", children: [
      /* @__PURE__ */ a4("h1", { class: "sr", children: "Requests" }),
      loaded.problem && /* @__PURE__ */ a4(Failed, { problem: loaded.problem, what: "The shop's API could not be loaded", retry: loaded.reload }),
      !loaded.data && loaded.loading && /* @__PURE__ */ a4(Loading, { what: "the shop's API" }),
      chosen && /* @__PURE__ */ a4("div", { class: "requests", children: [
        /* @__PURE__ */ a4("nav", { class: "methods", "aria-label": "Methods", children: groups.map((group) => /* @__PURE__ */ a4("section", { children: [
          /* @__PURE__ */ a4("h3", { children: group }),
          /* @__PURE__ */ a4("ul", { children: operations.filter((o5) => o5.group === group).map((o5) => /* @__PURE__ */ a4("li", { children: /* @__PURE__ */ a4("button", { type: "button", "aria-current": o5 === chosen ? "true" : void 0, onClick: () => change({ sel: o5.id }), title: o5.summary, children: [
            /* @__PURE__ */ a4("span", { class: `method ${o5.method}`, children: o5.method }),
            /* @__PURE__ */ a4("span", { class: "method-path", children: o5.path.replace(/^\/api/, "") })
          ] }) })) })
        ] })) }),
        /* @__PURE__ */ a4("label", { class: "methods-select field", children: [
          /* @__PURE__ */ a4("span", { children: "Method" }),
          /* @__PURE__ */ a4("select", { value: chosen.id, onChange: (e4) => change({ sel: e4.currentTarget.value }), children: groups.map((group) => /* @__PURE__ */ a4("optgroup", { label: group, children: operations.filter((o5) => o5.group === group).map((o5) => /* @__PURE__ */ a4("option", { value: o5.id, children: [
            o5.method,
            " ",
            o5.path
          ] })) })) })
        ] }),
        /* @__PURE__ */ a4(Form, { operation: chosen }, chosen.id)
      ] })
    ] });
  }

  // src/pages/services.tsx
  function serviceHealth(process, service) {
    if (!process) return /* @__PURE__ */ a4("span", { class: "note", title: "Only its telemetry is known: no operations port of it is given", children: "telemetry only" });
    const module = (process.modules ?? []).find((m5) => m5.name && (service === `${m5.name}-service` || service === `api-${m5.name}`));
    return /* @__PURE__ */ a4(HealthPill, { process: module ? { ...process, ready: module.ready ?? false } : process });
  }
  function ServicesPage() {
    const map = useMap();
    const services = (map.data?.nodes ?? []).filter((n3) => n3.kind === "service" || !n3.kind);
    const known = useProcesses();
    const processes = known.data?.processes ?? [];
    const processOf = (service) => processes.find((p5) => (p5.services ?? []).includes(service));
    return /* @__PURE__ */ a4("div", { class: "page", children: [
      /* @__PURE__ */ a4("h1", { class: "sr", children: "Services" }),
      map.problem && /* @__PURE__ */ a4(Failed, { problem: map.problem, what: map.data ? "What is shown is old" : "The services could not be loaded", retry: map.reload }),
      !map.data && map.loading && /* @__PURE__ */ a4(Loading, { what: "services" }),
      map.data && services.length === 0 && /* @__PURE__ */ a4(FirstSteps, { what: "service" }),
      known.problem && !map.problem && /* @__PURE__ */ a4(Failed, { problem: known.problem, what: known.data ? "The health that is shown is old" : "The processes could not be asked", retry: known.reload }),
      processes.length > 0 && /* @__PURE__ */ a4(ProcessTable, { processes }),
      services.length > 0 && /* @__PURE__ */ a4("section", { class: "panel", children: [
        /* @__PURE__ */ a4("div", { class: "panel-head", children: /* @__PURE__ */ a4("h2", { children: "Services" }) }),
        /* @__PURE__ */ a4("div", { class: "scroll", children: /* @__PURE__ */ a4("table", { class: "list numbers", "aria-label": "Services", children: [
          /* @__PURE__ */ a4("thead", { children: /* @__PURE__ */ a4("tr", { children: [
            /* @__PURE__ */ a4("th", { scope: "col", children: "Service" }),
            /* @__PURE__ */ a4("th", { scope: "col", children: "Health" }),
            /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "Calls" }),
            /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "Per second" }),
            /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "Failed" }),
            /* @__PURE__ */ a4("th", { scope: "col", children: "Calls others" })
          ] }) }),
          /* @__PURE__ */ a4("tbody", { children: services.map((n3) => /* @__PURE__ */ a4("tr", { children: [
            /* @__PURE__ */ a4("td", { class: "clip", children: /* @__PURE__ */ a4("a", { href: href(`services/${encodeURIComponent(n3.name ?? "")}`), children: /* @__PURE__ */ a4(Service, { name: n3.name ?? "" }) }) }),
            /* @__PURE__ */ a4("td", { children: serviceHealth(processOf(n3.name ?? ""), n3.name ?? "") }),
            /* @__PURE__ */ a4("td", { class: "right num", children: count(n3.calls ?? 0) }),
            /* @__PURE__ */ a4("td", { class: "right num", children: rate((n3.calls ?? 0) / map.seconds) }),
            /* @__PURE__ */ a4("td", { class: `right num ${n3.errors ? "error-text" : "note"}`, children: n3.errors ? percent(n3.errors / Math.max(1, n3.calls ?? 0)) : "0" }),
            /* @__PURE__ */ a4("td", { class: "clip", children: visible((map.data.edges ?? []).filter((e4) => e4.from === n3.name).map((e4) => e4.to).join(", ")) || /* @__PURE__ */ a4("span", { class: "note", children: "nobody" }) })
          ] })) })
        ] }) })
      ] })
    ] });
  }
  function ServicePage({ name }) {
    const map = useMap();
    const q2 = term("service", name);
    const traces = useLoad(`traces of ${name} ${map.data?.to_us ?? 0}`, (signal) => get("q/traces", { q: q2, page_size: 8, ...range() }, signal));
    const logs = useLoad(`logs of ${name} ${map.data?.to_us ?? 0}`, (signal) => get("q/logs", { q: q2, page_size: 8, ...range() }, signal));
    const known = (map.data?.nodes ?? []).some((n3) => n3.name === name);
    const processes = useProcesses();
    const process = (processes.data?.processes ?? []).find((p5) => (p5.services ?? []).includes(name));
    const whole = useProcess(process?.name ?? "");
    return /* @__PURE__ */ a4("div", { class: "page", children: [
      /* @__PURE__ */ a4("header", { class: "trace-head", children: [
        /* @__PURE__ */ a4("p", { class: "crumbs", children: [
          /* @__PURE__ */ a4("a", { href: href("services"), children: "Services" }),
          " ",
          /* @__PURE__ */ a4("span", { "aria-hidden": "true", children: "/" })
        ] }),
        /* @__PURE__ */ a4("h1", { children: /* @__PURE__ */ a4(Foreign, { text: name.slice(0, 200) }) })
      ] }),
      map.problem && /* @__PURE__ */ a4(Failed, { problem: map.problem, what: "The service could not be loaded", retry: map.reload }),
      !map.data && map.loading && /* @__PURE__ */ a4(Loading, { what: "the service" }),
      map.data && !known && !process && !processes.loading && /* @__PURE__ */ a4(Empty, { title: "Nothing has come from a service of this name", children: /* @__PURE__ */ a4("a", { href: href("services"), children: "All services" }) }),
      (whole.data ?? process) && /* @__PURE__ */ a4(ProcessNow, { process: whole.data ?? process, service: name }),
      map.data && known && /* @__PURE__ */ a4($, { children: [
        /* @__PURE__ */ a4(Operations, { map: map.data, seconds: map.seconds, only: name }),
        /* @__PURE__ */ a4("section", { class: "panel", children: [
          /* @__PURE__ */ a4("div", { class: "panel-head", children: /* @__PURE__ */ a4("h2", { children: "Calls in and out" }) }),
          /* @__PURE__ */ a4(EdgeTable, { map: map.data, seconds: map.seconds, only: name })
        ] }),
        (traces.data?.traces ?? []).length > 0 && /* @__PURE__ */ a4("section", { class: "panel", children: [
          /* @__PURE__ */ a4("div", { class: "panel-head", children: [
            /* @__PURE__ */ a4("h2", { children: "Last traces" }),
            /* @__PURE__ */ a4("a", { href: href("traces", { q: q2 }), children: "All" })
          ] }),
          /* @__PURE__ */ a4(TraceTable, { traces: traces.data.traces, label: "Last traces" })
        ] }),
        (logs.data?.records ?? []).length > 0 && /* @__PURE__ */ a4("section", { class: "panel", children: [
          /* @__PURE__ */ a4("div", { class: "panel-head", children: [
            /* @__PURE__ */ a4("h2", { children: "Last log records" }),
            /* @__PURE__ */ a4("a", { href: href("logs", { q: q2 }), children: "All" })
          ] }),
          /* @__PURE__ */ a4(LogList, { records: logs.data.records, label: "Last log records" })
        ] })
      ] }),
      whole.data && /* @__PURE__ */ a4(ProcessSetup, { process: whole.data }),
      known && processes.data && !process && /* @__PURE__ */ a4("p", { class: "note", children: [
        "Its settings and log levels are not known here: set ",
        /* @__PURE__ */ a4("code", { children: "console.ops_urls" }),
        " to the address of its operations port."
      ] })
    ] });
  }

  // src/parts/list_head.tsx
  function ListPanelHead({ title, note = "" }) {
    return /* @__PURE__ */ a4("div", { class: "panel-head", children: [
      /* @__PURE__ */ a4("h2", { children: title }),
      note && /* @__PURE__ */ a4("span", { class: "note", children: note })
    ] });
  }

  // src/pages/shop_parts.tsx
  var SHAPES = { good: "●", wait: "◐", bad: "✗", plain: "○" };
  function StatusChip({ status: status2 }) {
    const tone = toneOf(status2);
    return /* @__PURE__ */ a4("span", { class: `chip ${tone}`, children: [
      /* @__PURE__ */ a4("span", { "aria-hidden": "true", children: SHAPES[tone] }),
      " ",
      /* @__PURE__ */ a4(Line, { text: status2.replace(/_/g, " ") || "none", max: 40 })
    ] });
  }
  function ShopTabs({ kind }) {
    return /* @__PURE__ */ a4("nav", { class: "tabs shop-tabs", "aria-label": "Records", children: KINDS.map((k4) => /* @__PURE__ */ a4("a", { href: href(`shop/${k4}`), "aria-current": k4 === kind ? "page" : void 0, children: KIND_WORDS[k4][1] })) });
  }

  // src/pages/shop_list.tsx
  var PAGE = 200;
  var SHOWN_MAX2 = 1e3;
  var USERS = 1e3;
  var EVERY_MS3 = 4e3;
  async function read2(kind, size, filters, signal) {
    const order = kind === "products" ? {} : { newest_first: "true" };
    const found = await readShop(`/api/${kind}`, { page_size: size, ...order, ...filters }, signal);
    return { rows: found[kind] ?? [], more: Boolean(found.next_page_token) };
  }
  async function load(kind, size, filters, signal) {
    const found = await read2(kind, size, filters, signal);
    const users = /* @__PURE__ */ new Map();
    if (kind === "orders") {
      const people = await read2("users", USERS, {}, signal).catch(() => ({ rows: [] }));
      for (const user of people.rows) users.set(user.id, user.name ?? user.email ?? "");
    }
    return { ...found, users };
  }
  var time = (text) => /* @__PURE__ */ a4("span", { class: "num", children: shortTime(microsOf(text), false) });
  var link = (kind, id) => /* @__PURE__ */ a4("a", { href: href(`shop/${kind}/${id}`), "data-row": true, title: id, children: /* @__PURE__ */ a4("code", { children: shortId(id) }) });
  var COLUMNS2 = {
    orders: [
      { title: "Created", cell: (o5) => time(o5.created_at) },
      { title: "Order", cell: (o5) => link("orders", o5.id) },
      { title: "Status", cell: (o5) => /* @__PURE__ */ a4(StatusChip, { status: o5.status ?? "" }) },
      { title: "Payment", cell: (o5) => /* @__PURE__ */ a4(StatusChip, { status: o5.payment_status ?? "" }) },
      { title: "Customer", cell: (o5, f5) => o5.user_id ? /* @__PURE__ */ a4("a", { href: href(`shop/users/${o5.user_id}`), children: /* @__PURE__ */ a4(Line, { text: f5.users.get(o5.user_id) || shortId(o5.user_id), max: 40 }) }) : "" },
      { title: "Items", cell: (o5) => /* @__PURE__ */ a4(Line, { text: (o5.lines ?? []).map((l4) => `${l4.quantity} × ${l4.name}`).join(", "), max: 60 }) },
      { title: "Total", right: true, cell: (o5) => /* @__PURE__ */ a4("span", { class: "num", children: money(o5.total) }) }
    ],
    users: [
      { title: "Registered", cell: (u4) => time(u4.created_at) },
      { title: "User", cell: (u4) => link("users", u4.id) },
      { title: "Name", cell: (u4) => /* @__PURE__ */ a4(Line, { text: u4.name ?? "", max: 60 }) },
      { title: "E-mail", cell: (u4) => /* @__PURE__ */ a4(Line, { text: u4.email ?? "", max: 80 }) },
      { title: "Status", cell: (u4) => /* @__PURE__ */ a4(StatusChip, { status: u4.status ?? "" }) }
    ],
    products: [
      { title: "Product", cell: (p5) => link("products", p5.id) },
      { title: "Name", cell: (p5) => /* @__PURE__ */ a4(Line, { text: p5.name ?? "", max: 80 }) },
      { title: "Status", cell: (p5) => /* @__PURE__ */ a4(StatusChip, { status: p5.status ?? "" }) },
      { title: "Price", right: true, cell: (p5) => /* @__PURE__ */ a4("span", { class: "num", children: money(p5.price) }) },
      { title: "On hand", right: true, cell: (p5) => /* @__PURE__ */ a4("span", { class: "num", children: p5.stock?.on_hand ?? 0 }) },
      { title: "Reserved", right: true, cell: (p5) => /* @__PURE__ */ a4("span", { class: "num", children: p5.stock?.reserved ?? 0 }) },
      { title: "Available", right: true, cell: (p5) => /* @__PURE__ */ a4("span", { class: `num ${p5.stock?.available ? "" : "error-text"}`, children: p5.stock?.available ?? 0 }) }
    ],
    payments: [
      { title: "Created", cell: (p5) => time(p5.created_at) },
      { title: "Payment", cell: (p5) => link("payments", p5.id) },
      { title: "Status", cell: (p5) => /* @__PURE__ */ a4(StatusChip, { status: p5.status ?? "" }) },
      { title: "Order", cell: (p5) => p5.order_id ? link("orders", p5.order_id) : "" },
      { title: "Attempt", right: true, cell: (p5) => /* @__PURE__ */ a4("span", { class: "num", children: p5.attempt ?? "" }) },
      { title: "Last error", cell: (p5) => /* @__PURE__ */ a4("span", { class: "warn-text", children: /* @__PURE__ */ a4(Line, { text: p5.last_error ?? "", max: 60 }) }) },
      { title: "Amount", right: true, cell: (p5) => /* @__PURE__ */ a4("span", { class: "num", children: money(p5.amount) }) }
    ]
  };
  function ShopList({ kind }) {
    const status2 = param("status");
    const text = param("q").trim();
    const words = KIND_WORDS[kind];
    const [wanted, setWanted] = d2(PAGE);
    A2(() => setWanted(PAGE), [kind, status2]);
    const size = text ? SHOWN_MAX2 : wanted;
    const loaded = useLoad(`shop ${kind} ${status2} ${size}`, (signal) => load(kind, size, status2 ? { status: status2 } : {}, signal));
    const on = live.value && !away2.value;
    A2(() => {
      if (!on) return void 0;
      const timer = window.setInterval(() => !document.hidden && loaded.reload(), EVERY_MS3);
      return () => window.clearInterval(timer);
    }, [on]);
    const all = loaded.data?.rows ?? [];
    const low = text.toLowerCase();
    const rows = text ? all.filter((row) => JSON.stringify(row).toLowerCase().includes(low) || loaded.data.users.get(row.user_id ?? "")?.toLowerCase().includes(low)) : all;
    const columns = COLUMNS2[kind];
    const more = loaded.data?.more ?? false;
    const looked = kind === "products" ? `of the first ${all.length}` : `of the newest ${all.length}`;
    const note = more ? text ? looked : kind === "products" ? "there are more" : "the newest; there are older ones" : "";
    return /* @__PURE__ */ a4("div", { class: "page", children: [
      /* @__PURE__ */ a4("h1", { class: "sr", children: words[1] }),
      /* @__PURE__ */ a4("div", { class: "tabs-row", children: [
        /* @__PURE__ */ a4(ShopTabs, { kind }),
        /* @__PURE__ */ a4("div", { class: "trace-tools", children: [
          /* @__PURE__ */ a4("input", { type: "search", "aria-label": `Find in ${words[1].toLowerCase()}`, placeholder: kind === "orders" ? "Customer, id, product" : "Name or id", value: text, onInput: (e4) => change({ q: e4.currentTarget.value }, "replace") }),
          /* @__PURE__ */ a4("select", { "aria-label": "Status", value: status2, onChange: (e4) => change({ status: e4.currentTarget.value }), children: [
            /* @__PURE__ */ a4("option", { value: "", children: "Every status" }),
            STATUSES[kind].map((s4) => /* @__PURE__ */ a4("option", { value: s4, children: s4.replace(/_/g, " ") }))
          ] }),
          kind === "orders" && /* @__PURE__ */ a4(DemoOrder, {})
        ] })
      ] }),
      loaded.problem && /* @__PURE__ */ a4(Failed, { problem: loaded.problem, what: loaded.data ? "What is shown is old" : `The ${words[1].toLowerCase()} could not be loaded`, retry: loaded.reload }),
      !loaded.data && loaded.loading && /* @__PURE__ */ a4(Loading, { what: words[1].toLowerCase() }),
      loaded.data && rows.length === 0 && /* @__PURE__ */ a4(Empty, { title: text || status2 ? `No ${words[0].toLowerCase()} matches` : `No ${words[0].toLowerCase()} yet`, children: [
        text || status2 ? /* @__PURE__ */ a4("button", { type: "button", onClick: () => change({ q: void 0, status: void 0 }), children: "Show all" }) : /* @__PURE__ */ a4("p", { children: "Place a demo order: it makes a user, an order, and a trace of each step." }),
        !text && !status2 && kind !== "orders" && /* @__PURE__ */ a4(DemoOrder, {})
      ] }),
      rows.length > 0 && /* @__PURE__ */ a4("section", { class: "panel", children: [
        /* @__PURE__ */ a4(ListPanelHead, { title: plural(rows.length, words[0].toLowerCase()), note }),
        /* @__PURE__ */ a4("div", { class: "scroll", children: /* @__PURE__ */ a4("table", { class: `list numbers shop-table ${kind}`, "aria-label": words[1], children: [
          /* @__PURE__ */ a4("thead", { children: /* @__PURE__ */ a4("tr", { children: columns.map((c4) => /* @__PURE__ */ a4("th", { scope: "col", class: c4.right ? "right" : "", children: c4.title })) }) }),
          /* @__PURE__ */ a4("tbody", { children: rows.map((row) => {
            const id = row.id;
            return /* @__PURE__ */ a4("tr", { class: "row", onClick: (e4) => !e4.target.closest("a") && !window.getSelection()?.toString() && go(href(`shop/${kind}/${id}`)), children: columns.map((c4) => /* @__PURE__ */ a4("td", { class: c4.right ? "right" : "", children: c4.cell(row, loaded.data) })) }, id);
          }) })
        ] }) })
      ] }),
      more && all.length < SHOWN_MAX2 && /* @__PURE__ */ a4("p", { class: "act-line", children: /* @__PURE__ */ a4("button", { type: "button", disabled: loaded.loading, onClick: () => setWanted(Math.min(SHOWN_MAX2, all.length + PAGE)), children: kind === "products" ? "Show more" : "Show older ones" }) }),
      more && all.length >= SHOWN_MAX2 && /* @__PURE__ */ a4("p", { class: "note", children: [
        "Only ",
        SHOWN_MAX2,
        " are shown here. Choose a status, or read all pages by the API."
      ] })
    ] });
  }

  // src/lib/order_events.ts
  var ENDED = /^(completed|canceled|expired)$/;
  var NO_PLACE_MS = 5e3;
  var REFUSED_MS = 3e4;
  function useOrderEvents(order, changed) {
    const [told, setTold] = d2(false);
    const latest = T2({ version: 0, changed });
    latest.current = { version: Number(order?.version ?? 0), changed };
    const id = order?.id ?? "";
    const ended = ENDED.test(order?.status ?? "");
    A2(() => {
      if (!id || ended) return void 0;
      let source2;
      let release2;
      let retry2;
      let round2 = 0;
      const close2 = () => {
        round2 += 1;
        source2?.close();
        release2?.();
        source2 = release2 = void 0;
        window.clearTimeout(retry2);
        setTold(false);
      };
      const open2 = async () => {
        close2();
        if (document.hidden) return;
        const mine = round2;
        const place2 = await takePlace();
        if (mine !== round2) return place2?.();
        if (!place2) {
          retry2 = window.setTimeout(open2, NO_PLACE_MS);
          return void 0;
        }
        release2 = place2;
        const stream = new EventSource(urlOf(`shop/api/orders/${encodeURIComponent(id)}/events`));
        source2 = stream;
        stream.onopen = () => setTold(true);
        stream.onmessage = (message) => {
          if (Number(message.lastEventId) > latest.current.version) latest.current.changed();
        };
        stream.onerror = () => {
          if (source2 !== stream) return;
          setTold(false);
          if (stream.readyState !== EventSource.CLOSED) return;
          close2();
          retry2 = window.setTimeout(open2, REFUSED_MS);
        };
        return void 0;
      };
      document.addEventListener("visibilitychange", open2);
      window.addEventListener("pagehide", close2);
      void open2();
      return () => {
        document.removeEventListener("visibilitychange", open2);
        window.removeEventListener("pagehide", close2);
        close2();
      };
    }, [id, ended]);
    return told;
  }

  // src/pages/joined.tsx
  async function load2(q2, traceIds, signal) {
    const found = (await get("q/traces", { q: q2, page_size: 20 }, signal)).traces ?? [];
    const known = new Set(found.map((t4) => t4.trace_id));
    const more = await Promise.all(
      traceIds.filter((t4) => !known.has(t4)).slice(-12).map((t4) => get(`q/traces/${t4}`, {}, signal).then((trace) => trace.summary, () => void 0))
    );
    return [...found, ...more.filter((t4) => t4 !== void 0)].sort((a5, b3) => (b3.start_us ?? 0) - (a5.start_us ?? 0));
  }
  function Joined({ name, id, round: round2, traceIds = [] }) {
    const q2 = `${name}=${id}`;
    const traces = useLoad(`joined ${q2} ${round2} ${traceIds.join()}`, (signal) => load2(q2, traceIds, signal));
    const logs = useLoad(`joined logs ${q2} ${round2}`, (signal) => get("q/logs", { q: q2, page_size: 20 }, signal));
    return /* @__PURE__ */ a4($, { children: [
      /* @__PURE__ */ a4("section", { class: "panel", children: [
        /* @__PURE__ */ a4("div", { class: "panel-head", children: [
          /* @__PURE__ */ a4("h2", { children: "Its traces" }),
          /* @__PURE__ */ a4("a", { href: href("traces", { q: q2 }), children: "All" })
        ] }),
        traces.problem && /* @__PURE__ */ a4(Failed, { problem: traces.problem, what: "The traces could not be loaded", retry: traces.reload }),
        (traces.data ?? []).length > 0 ? /* @__PURE__ */ a4(TraceTable, { traces: traces.data, label: "Its traces" }) : traces.data && /* @__PURE__ */ a4("p", { class: "panel-note note", children: "None is kept." })
      ] }),
      (logs.data?.records ?? []).length > 0 && /* @__PURE__ */ a4("section", { class: "panel", children: [
        /* @__PURE__ */ a4("div", { class: "panel-head", children: [
          /* @__PURE__ */ a4("h2", { children: "Log records that name it" }),
          /* @__PURE__ */ a4("a", { href: href("logs", { q: q2 }), children: "All" })
        ] }),
        /* @__PURE__ */ a4(LogList, { records: logs.data.records, label: "Log records that name it" })
      ] })
    ] });
  }

  // src/pages/shop_actions.tsx
  async function orderNow(id) {
    const read4 = await callShop("GET", `/api/orders/${encodeURIComponent(id)}`, { quiet: true });
    return read4.problem ? void 0 : JSON.parse(read4.body);
  }
  function Conflict({ stale, reload }) {
    const row = (what, order) => /* @__PURE__ */ a4("tr", { children: [
      /* @__PURE__ */ a4("th", { scope: "row", children: what }),
      /* @__PURE__ */ a4("td", { class: "num", children: order?.version ?? "?" }),
      /* @__PURE__ */ a4("td", { children: order ? /* @__PURE__ */ a4(StatusChip, { status: order.status ?? "" }) : "could not be read" }),
      /* @__PURE__ */ a4("td", { children: order && /* @__PURE__ */ a4(StatusChip, { status: order.payment_status === "none" ? "not paid" : order.payment_status ?? "" }) })
    ] });
    return /* @__PURE__ */ a4("div", { class: "conflict", children: [
      /* @__PURE__ */ a4("table", { class: "list", "aria-label": "Both versions of the order", children: [
        /* @__PURE__ */ a4("thead", { children: /* @__PURE__ */ a4("tr", { children: [
          /* @__PURE__ */ a4("th", { scope: "col", children: /* @__PURE__ */ a4("span", { class: "sr", children: "Which" }) }),
          /* @__PURE__ */ a4("th", { scope: "col", children: "Version" }),
          /* @__PURE__ */ a4("th", { scope: "col", children: "Status" }),
          /* @__PURE__ */ a4("th", { scope: "col", children: "Payment" })
        ] }) }),
        /* @__PURE__ */ a4("tbody", { children: [
          row("This page had", stale.had),
          row("It is now", stale.now)
        ] })
      ] }),
      /* @__PURE__ */ a4("p", { class: "acts", children: [
        /* @__PURE__ */ a4("button", { type: "button", class: "primary", onClick: reload, children: "Reload" }),
        " ",
        /* @__PURE__ */ a4("span", { class: "note", children: "Nothing was changed by your request." })
      ] })
    ] });
  }
  var ACTS = { pending: ["pay", "cancel"], confirmed: ["fulfil", "cancel"], fulfilled: ["complete"] };
  var ACT_WORDS = { pay: "Pay", cancel: "Cancel the order", fulfil: "Fulfil", complete: "Complete" };
  function Actions({ order, etag, done }) {
    const possible = ACTS[order.status ?? ""] ?? [];
    const [chosen, setChosen] = d2("");
    const [token, setToken] = d2("tok_ok");
    const [text, setText] = d2("");
    const [busy, setBusy] = d2(false);
    const [key, setKey] = d2(newKey());
    const [last, setLast] = d2();
    const [stale, setStale] = d2();
    const act = possible.includes(chosen) ? chosen : possible[0];
    const path2 = `/api/orders/${order.id}/${act}`;
    const body = act === "pay" ? { payment_token: token } : act === "cancel" ? { reason: text || "changed my mind" } : act === "fulfil" ? { tracking: text || "parcel 4711" } : {};
    const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
    if (act !== "pay" && etag) headers["If-Match"] = etag;
    const send2 = async () => {
      setBusy(true);
      const meanwhile = window.setInterval(done, 1500);
      const exchange = await callShop("POST", path2, { body, headers });
      window.clearInterval(meanwhile);
      setLast(exchange);
      setStale(exchange.status === 412 ? { had: order, now: await orderNow(order.id) } : void 0);
      setBusy(false);
      setKey(newKey());
      if (exchange.status === 412) return;
      setText("");
      done();
    };
    const reload = () => {
      setStale(void 0);
      setLast(void 0);
      done();
    };
    return /* @__PURE__ */ a4("section", { class: "panel", children: [
      /* @__PURE__ */ a4("div", { class: "panel-head", children: /* @__PURE__ */ a4("h2", { children: "Actions" }) }),
      /* @__PURE__ */ a4("div", { class: "acts-body", children: [
        act ? /* @__PURE__ */ a4($, { children: [
          /* @__PURE__ */ a4("div", { class: "act-line", children: [
            possible.length > 1 && /* @__PURE__ */ a4("div", { class: "segments", role: "group", "aria-label": "What to do", children: possible.map((a5) => /* @__PURE__ */ a4("button", { type: "button", "aria-pressed": a5 === act, onClick: () => setChosen(a5), children: ACT_WORDS[a5] })) }),
            act === "pay" && /* @__PURE__ */ a4("label", { class: "field", children: [
              /* @__PURE__ */ a4("span", { children: "Token" }),
              /* @__PURE__ */ a4("select", { value: token, onChange: (e4) => setToken(e4.currentTarget.value), children: TOKENS.map(([name, what]) => /* @__PURE__ */ a4("option", { value: name, children: [
                name,
                " – ",
                what
              ] })) })
            ] }),
            (act === "cancel" || act === "fulfil") && /* @__PURE__ */ a4("label", { class: "field", children: [
              /* @__PURE__ */ a4("span", { children: act === "cancel" ? "Reason" : "Tracking" }),
              /* @__PURE__ */ a4("input", { value: text, placeholder: act === "cancel" ? "changed my mind" : "parcel 4711", maxLength: 200, onInput: (e4) => setText(e4.currentTarget.value) })
            ] }),
            /* @__PURE__ */ a4("button", { type: "button", class: "primary", disabled: busy, onClick: send2, children: busy ? "Waiting for the answer …" : act === "cancel" ? "Cancel it" : ACT_WORDS[act] })
          ] }),
          /* @__PURE__ */ a4(RequestText, { method: "POST", path: path2, headers, body: JSON.stringify(body) })
        ] }) : /* @__PURE__ */ a4("p", { class: "note", children: [
          "Nothing more can be done with an order that is ",
          order.status,
          "."
        ] }),
        last && /* @__PURE__ */ a4(Answer, { exchange: last }),
        stale && /* @__PURE__ */ a4(Conflict, { stale, reload })
      ] })
    ] });
  }

  // src/pages/shop_order.tsx
  var WAY = ["pending", "confirmed", "fulfilled", "completed"];
  function Way({ order }) {
    const at = WAY.indexOf(order.status ?? "");
    if (at < 0) return null;
    return /* @__PURE__ */ a4("ol", { class: "way", "aria-label": "The order's way", children: WAY.map((step, i4) => /* @__PURE__ */ a4("li", { class: i4 < at ? "past" : i4 === at ? "now" : "", "aria-current": i4 === at ? "step" : void 0, children: step })) });
  }
  function Timeline({ entries, order }) {
    const first = microsOf(entries[0]?.at ?? order.created_at);
    return /* @__PURE__ */ a4("section", { class: "panel", children: [
      /* @__PURE__ */ a4("div", { class: "panel-head", children: /* @__PURE__ */ a4("h2", { children: "What happened" }) }),
      entries.length === 0 ? /* @__PURE__ */ a4("p", { class: "panel-note note", children: "The timeline has no entry yet." }) : /* @__PURE__ */ a4("ol", { class: "timeline", children: entries.map((e4) => /* @__PURE__ */ a4("li", { children: [
        /* @__PURE__ */ a4("span", { class: "num timeline-at", title: `+${((microsOf(e4.at) - first) / 1e3).toFixed(0)} ms`, children: clock(microsOf(e4.at)) }),
        /* @__PURE__ */ a4("span", { class: "timeline-what", children: [
          /* @__PURE__ */ a4("strong", { children: (e4.type ?? "").replace(/^order\./, "").replace(/_/g, " ") }),
          e4.reason && /* @__PURE__ */ a4("span", { class: "warn-text", children: /* @__PURE__ */ a4(Foreign, { text: e4.reason.slice(0, 200) }) }),
          /* @__PURE__ */ a4("span", { class: "note", children: [
            "by ",
            /* @__PURE__ */ a4(Line, { text: e4.actor ?? "", max: 40 })
          ] })
        ] }),
        /* @__PURE__ */ a4("span", { class: "timeline-status", children: [
          /* @__PURE__ */ a4(StatusChip, { status: e4.status ?? "" }),
          /* @__PURE__ */ a4(StatusChip, { status: e4.payment_status ?? "" })
        ] }),
        e4.trace_id ? /* @__PURE__ */ a4("a", { href: href(`traces/${e4.trace_id}`, {}, false), children: "trace" }) : /* @__PURE__ */ a4("span", { class: "note", children: "no trace" })
      ] })) })
    ] });
  }
  async function read3(id, signal) {
    const exchange = await callShop("GET", `/api/orders/${encodeURIComponent(id)}`, { signal, quiet: true });
    if (exchange.problem) throw exchange.problem;
    const timeline = await readShop(`/api/orders/${encodeURIComponent(id)}/timeline`, {}, signal).catch(() => ({ entries: [] }));
    return { order: JSON.parse(exchange.body), etag: exchange.etag, entries: timeline.entries ?? [] };
  }
  function OrderPage({ id }) {
    const loaded = useLoad(`order ${id}`, (signal) => read3(id, signal));
    const [round2, setRound] = d2(0);
    const order = loaded.data?.order;
    const soon = T2(void 0);
    const again = () => {
      loaded.reload();
      window.clearTimeout(soon.current);
      soon.current = window.setTimeout(() => {
        loaded.reload();
        setRound((n3) => n3 + 1);
      }, 900);
    };
    A2(() => () => window.clearTimeout(soon.current), []);
    const told = useOrderEvents(order, again);
    const written = Math.max(0, ...(loaded.data?.entries ?? []).map((e4) => Number(e4.version ?? 0)));
    const behind = written < Number(order?.version ?? 0);
    const open2 = behind || !told && (order?.payment_status === "processing" || order?.status === "canceling");
    A2(() => {
      if (!open2) return void 0;
      const timer = window.setInterval(again, 2e3);
      return () => window.clearInterval(timer);
    }, [open2]);
    A2(() => {
      if (!order || Date.now() - microsOf(order.created_at) / 1e3 > 5e3) return void 0;
      const timer = window.setTimeout(again, 800);
      return () => window.clearTimeout(timer);
    }, [order?.id]);
    if (!order) {
      if (loaded.loading) return /* @__PURE__ */ a4(Loading, { what: "the order" });
      if (loaded.problem?.status === 404) return /* @__PURE__ */ a4(Empty, { title: "No order has this id", children: [
        /* @__PURE__ */ a4("p", { children: /* @__PURE__ */ a4("code", { children: /* @__PURE__ */ a4(Foreign, { text: id.slice(0, 100) }) }) }),
        /* @__PURE__ */ a4("a", { href: href("shop/orders"), children: "All orders" })
      ] });
      return /* @__PURE__ */ a4(Failed, { problem: loaded.problem, what: "The order could not be loaded", retry: loaded.reload });
    }
    return /* @__PURE__ */ a4("div", { class: "page", children: [
      /* @__PURE__ */ a4("header", { class: "trace-head", children: [
        /* @__PURE__ */ a4("p", { class: "crumbs", children: [
          /* @__PURE__ */ a4("a", { href: href("shop/orders"), children: "Orders" }),
          " ",
          /* @__PURE__ */ a4("span", { "aria-hidden": "true", children: "/" }),
          " ",
          /* @__PURE__ */ a4("code", { children: id }),
          " ",
          /* @__PURE__ */ a4(Copy, { text: id, label: "Copy the order's id" })
        ] }),
        /* @__PURE__ */ a4("div", { class: "trace-title", children: [
          /* @__PURE__ */ a4("h1", { children: [
            "Order ",
            shortId(id)
          ] }),
          /* @__PURE__ */ a4(StatusChip, { status: order.status ?? "" }),
          /* @__PURE__ */ a4(StatusChip, { status: order.payment_status === "none" ? "not paid" : order.payment_status ?? "" })
        ] }),
        /* @__PURE__ */ a4(Way, { order }),
        /* @__PURE__ */ a4("dl", { class: "facts", children: [
          /* @__PURE__ */ a4("div", { children: [
            /* @__PURE__ */ a4("dt", { children: "Total" }),
            /* @__PURE__ */ a4("dd", { class: "num big", children: money(order.total) })
          ] }),
          /* @__PURE__ */ a4("div", { children: [
            /* @__PURE__ */ a4("dt", { children: "Created" }),
            /* @__PURE__ */ a4("dd", { class: "num", children: shortTime(microsOf(order.created_at)) })
          ] }),
          order.status === "pending" && /* @__PURE__ */ a4("div", { children: [
            /* @__PURE__ */ a4("dt", { children: "Stock held until" }),
            /* @__PURE__ */ a4("dd", { class: "num", children: shortTime(microsOf(order.expires_at), false) })
          ] }),
          /* @__PURE__ */ a4("div", { children: [
            /* @__PURE__ */ a4("dt", { children: "Version" }),
            /* @__PURE__ */ a4("dd", { class: "num", children: loaded.data.etag || order.version })
          ] }),
          order.user_id && /* @__PURE__ */ a4("div", { children: [
            /* @__PURE__ */ a4("dt", { children: "User" }),
            /* @__PURE__ */ a4("dd", { children: /* @__PURE__ */ a4("a", { href: href(`shop/users/${order.user_id}`), children: /* @__PURE__ */ a4("code", { children: shortId(order.user_id) }) }) })
          ] }),
          order.payment_id && /* @__PURE__ */ a4("div", { children: [
            /* @__PURE__ */ a4("dt", { children: "Payment" }),
            /* @__PURE__ */ a4("dd", { children: /* @__PURE__ */ a4("a", { href: href(`shop/payments/${order.payment_id}`), children: /* @__PURE__ */ a4("code", { children: shortId(order.payment_id) }) }) })
          ] }),
          order.tracking && /* @__PURE__ */ a4("div", { children: [
            /* @__PURE__ */ a4("dt", { children: "Tracking" }),
            /* @__PURE__ */ a4("dd", { children: /* @__PURE__ */ a4(Line, { text: order.tracking, max: 80 }) })
          ] })
        ] }),
        order.reason && /* @__PURE__ */ a4("p", { class: "warn-text", children: /* @__PURE__ */ a4(Foreign, { text: order.reason.slice(0, 300) }) })
      ] }),
      loaded.problem && /* @__PURE__ */ a4(Failed, { problem: loaded.problem, what: "What is shown is old", retry: loaded.reload }),
      /* @__PURE__ */ a4("div", { class: "two", children: [
        /* @__PURE__ */ a4(Actions, { order, etag: loaded.data.etag, done: again }),
        /* @__PURE__ */ a4("section", { class: "panel", children: [
          /* @__PURE__ */ a4("div", { class: "panel-head", children: /* @__PURE__ */ a4("h2", { children: "Lines" }) }),
          /* @__PURE__ */ a4("div", { class: "scroll", children: /* @__PURE__ */ a4("table", { class: "list numbers", "aria-label": "Lines", children: [
            /* @__PURE__ */ a4("thead", { children: /* @__PURE__ */ a4("tr", { children: [
              /* @__PURE__ */ a4("th", { scope: "col", children: "Product" }),
              /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "Each" }),
              /* @__PURE__ */ a4("th", { scope: "col", class: "right", children: "Number" })
            ] }) }),
            /* @__PURE__ */ a4("tbody", { children: [
              (order.lines ?? []).map((l4) => /* @__PURE__ */ a4("tr", { children: [
                /* @__PURE__ */ a4("td", { class: "clip", children: /* @__PURE__ */ a4("a", { href: href(`shop/products/${l4.product_id}`), children: /* @__PURE__ */ a4(Line, { text: l4.name ?? l4.product_id ?? "", max: 80 }) }) }),
                /* @__PURE__ */ a4("td", { class: "right num", children: money(l4.unit_price) }),
                /* @__PURE__ */ a4("td", { class: "right num", children: l4.quantity })
              ] })),
              /* @__PURE__ */ a4("tr", { class: "sum", children: [
                /* @__PURE__ */ a4("td", { children: "Shipping and tax" }),
                /* @__PURE__ */ a4("td", { class: "right num", colSpan: 2, children: [
                  money(order.shipping),
                  " + ",
                  money(order.tax)
                ] })
              ] }),
              /* @__PURE__ */ a4("tr", { class: "sum", children: [
                /* @__PURE__ */ a4("td", { children: /* @__PURE__ */ a4("strong", { children: "Total" }) }),
                /* @__PURE__ */ a4("td", { class: "right num", colSpan: 2, children: /* @__PURE__ */ a4("strong", { children: money(order.total) }) })
              ] })
            ] })
          ] }) })
        ] })
      ] }),
      /* @__PURE__ */ a4(Timeline, { entries: loaded.data.entries, order }),
      /* @__PURE__ */ a4(Joined, { name: "shop.order.id", id, round: round2, traceIds: [...new Set(loaded.data.entries.map((e4) => e4.trace_id ?? "").filter(Boolean))] })
    ] });
  }

  // src/pages/shop_record.tsx
  var LINKS = { user_id: "users", order_id: "orders", product_id: "products", payment_id: "payments" };
  function Field2({ name, value }) {
    if (LINKS[name] && typeof value === "string" && value) return /* @__PURE__ */ a4("a", { href: href(`shop/${LINKS[name]}/${value}`), children: /* @__PURE__ */ a4("code", { children: value }) });
    if (/status$/.test(name) && typeof value === "string") return /* @__PURE__ */ a4(StatusChip, { status: value });
    if (/_at$/.test(name) && typeof value === "string" && value) return /* @__PURE__ */ a4("span", { class: "num", children: dateTime(microsOf(value)) });
    if (value && typeof value === "object" && "currency" in value) return /* @__PURE__ */ a4("span", { class: "num", children: money(value) });
    if (value && typeof value === "object") return /* @__PURE__ */ a4("span", { class: "num", children: Object.entries(value).map(([k4, v4]) => `${k4.replace(/_/g, " ")} ${String(v4)}`).join(" · ") });
    const text = String(value ?? "");
    return text ? /* @__PURE__ */ a4(Value, { text }) : /* @__PURE__ */ a4("span", { class: "note", children: "–" });
  }
  function OrdersOf({ user }) {
    const loaded = useLoad(`orders of ${user}`, (signal) => readShop("/api/orders", { user_id: user, page_size: 50, newest_first: "true" }, signal));
    const orders = loaded.data?.orders ?? [];
    return /* @__PURE__ */ a4("section", { class: "panel", children: [
      /* @__PURE__ */ a4("div", { class: "panel-head", children: /* @__PURE__ */ a4("h2", { children: "Orders" }) }),
      loaded.data && orders.length === 0 && /* @__PURE__ */ a4("p", { class: "panel-note note", children: "This user has ordered nothing yet." }),
      orders.length > 0 && /* @__PURE__ */ a4("div", { class: "scroll", children: /* @__PURE__ */ a4("table", { class: "list numbers", "aria-label": "Orders of the user", children: /* @__PURE__ */ a4("tbody", { children: orders.map((o5) => /* @__PURE__ */ a4("tr", { children: [
        /* @__PURE__ */ a4("td", { children: /* @__PURE__ */ a4("a", { href: href(`shop/orders/${o5.id}`), children: /* @__PURE__ */ a4("code", { children: shortId(o5.id) }) }) }),
        /* @__PURE__ */ a4("td", { class: "num", children: dateTime(microsOf(o5.created_at)).slice(0, 19) }),
        /* @__PURE__ */ a4("td", { children: /* @__PURE__ */ a4(StatusChip, { status: o5.status ?? "" }) }),
        /* @__PURE__ */ a4("td", { children: /* @__PURE__ */ a4(StatusChip, { status: o5.payment_status ?? "" }) }),
        /* @__PURE__ */ a4("td", { class: "right num", children: money(o5.total) })
      ] })) }) }) })
    ] });
  }
  function RecordPage({ kind, id }) {
    const [one, many] = KIND_WORDS[kind];
    const loaded = useLoad(`${kind} ${id}`, (signal) => readShop(`/api/${kind}/${encodeURIComponent(id)}`, {}, signal));
    const record = loaded.data;
    if (!record) {
      if (loaded.loading) return /* @__PURE__ */ a4(Loading, { what: `the ${one.toLowerCase()}` });
      if (loaded.problem?.status === 404) return /* @__PURE__ */ a4(Empty, { title: `No ${one.toLowerCase()} has this id`, children: [
        /* @__PURE__ */ a4("p", { children: /* @__PURE__ */ a4("code", { children: /* @__PURE__ */ a4(Foreign, { text: id.slice(0, 100) }) }) }),
        /* @__PURE__ */ a4("a", { href: href(`shop/${kind}`), children: [
          "All ",
          many.toLowerCase()
        ] })
      ] });
      return /* @__PURE__ */ a4(Failed, { problem: loaded.problem, what: `The ${one.toLowerCase()} could not be loaded`, retry: loaded.reload });
    }
    return /* @__PURE__ */ a4("div", { class: "page", children: [
      /* @__PURE__ */ a4("header", { class: "trace-head", children: [
        /* @__PURE__ */ a4("p", { class: "crumbs", children: [
          /* @__PURE__ */ a4("a", { href: href(`shop/${kind}`), children: many }),
          " ",
          /* @__PURE__ */ a4("span", { "aria-hidden": "true", children: "/" }),
          " ",
          /* @__PURE__ */ a4("code", { children: id }),
          " ",
          /* @__PURE__ */ a4(Copy, { text: id, label: "Copy the id" })
        ] }),
        /* @__PURE__ */ a4("div", { class: "trace-title", children: [
          /* @__PURE__ */ a4("h1", { children: /* @__PURE__ */ a4(Foreign, { text: String(record.name ?? `${one} ${shortId(id)}`).slice(0, 200) }) }),
          /* @__PURE__ */ a4(StatusChip, { status: String(record.status ?? "") })
        ] })
      ] }),
      /* @__PURE__ */ a4("section", { class: "panel", children: [
        /* @__PURE__ */ a4("div", { class: "panel-head", children: /* @__PURE__ */ a4("h2", { children: "Fields" }) }),
        /* @__PURE__ */ a4("dl", { class: "fields", children: Object.entries(record).map(([name, value]) => /* @__PURE__ */ a4("div", { children: [
          /* @__PURE__ */ a4("dt", { children: name.replace(/_/g, " ") }),
          /* @__PURE__ */ a4("dd", { children: /* @__PURE__ */ a4(Field2, { name, value }) })
        ] })) })
      ] }),
      kind === "users" && /* @__PURE__ */ a4(OrdersOf, { user: id }),
      /* @__PURE__ */ a4(Joined, { name: KEYS[kind], id, round: 0 })
    ] });
  }

  // src/lib/tree.ts
  var EQUAL_SIBLINGS = 5;
  function spansOf(trace) {
    const text = (place2) => place2 === void 0 ? "" : trace.texts?.[place2] ?? "";
    const spans = (trace.span_ids ?? []).map((id, i4) => ({
      index: i4,
      id,
      parent: trace.parents?.[i4] ?? -1,
      orphan: trace.orphans?.[i4] ?? false,
      start: trace.start_ns?.[i4] ?? 0,
      duration: trace.duration_ns?.[i4] ?? 0,
      name: text(trace.names?.[i4]),
      service: text(trace.services?.[i4]),
      kind: trace.kinds?.[i4] ?? 0,
      status: trace.statuses?.[i4] ?? 0,
      note: text(trace.notes?.[i4]),
      logs: trace.logs?.[i4] ?? 0,
      children: []
    }));
    for (const span of spans) spans[span.parent]?.children.push(span.index);
    return spans;
  }
  function groupsOf(spans, children) {
    const byKind = /* @__PURE__ */ new Map();
    for (const index of children) {
      const span = spans[index];
      const key = `${span.service}
${span.name}
${span.kind}
${span.status}`;
      const found = byKind.get(key);
      if (found) found.push(span);
      else byKind.set(key, [span]);
    }
    const groups = [];
    const done = /* @__PURE__ */ new Set();
    for (const index of children) {
      const span = spans[index];
      const equal = byKind.get(`${span.service}
${span.name}
${span.kind}
${span.status}`);
      if (equal.length < EQUAL_SIBLINGS) groups.push([span]);
      else if (!done.has(equal)) {
        done.add(equal);
        groups.push(equal);
      }
    }
    return groups;
  }
  function rowsOf(spans, folded, opened) {
    const rows = [];
    const waiting = [];
    const put2 = (groups, level) => {
      for (let i4 = groups.length - 1; i4 >= 0; i4 -= 1) waiting.push({ group: groups[i4], level, position: i4 + 1, size: groups.length });
    };
    put2(groupsOf(spans, spans.filter((s4) => !spans[s4.parent]).map((s4) => s4.index)), 1);
    for (let place2 = waiting.pop(); place2; place2 = waiting.pop()) {
      const { group, level, position, size } = place2;
      const span = group[0];
      if (group.length > 1) {
        const key = `group ${span.id}`;
        const open2 = opened.has(key);
        rows.push({ span, group, key, level, position, size, folds: true, folded: !open2 });
        if (open2) put2(group.map((member) => [member]), level + 1);
      } else {
        const isFolded = folded.has(span.id);
        rows.push({ span, group: void 0, key: span.id, level, position, size, folds: span.children.length > 0, folded: isFolded });
        if (!isFolded) put2(groupsOf(spans, span.children), level + 1);
      }
    }
    return rows;
  }
  function revealed(spans, target, folded, opened) {
    const nextFolded = new Set(folded);
    const nextOpened = new Set(opened);
    for (let span = target; span; span = spans[span.parent]) {
      const siblings = spans[span.parent]?.children ?? spans.filter((s4) => s4.parent < 0).map((s4) => s4.index);
      const group = groupsOf(spans, siblings).find((g5) => g5.length > 1 && g5.includes(span));
      if (group) nextOpened.add(`group ${group[0].id}`);
      if (span !== target) nextFolded.delete(span.id);
    }
    return [nextFolded, nextOpened];
  }

  // src/parts/sequence.tsx
  var SHOWN3 = 200;
  var CALLS_OUT = [3, 4];
  function callsOf(spans) {
    const calls = [];
    for (const span of spans) {
      const parent = spans[span.parent];
      if (!parent) calls.push({ span, from: "", to: span.service });
      else if (parent.service !== span.service) calls.push({ span, from: parent.service, to: span.service });
      else if (CALLS_OUT.includes(span.kind) && span.children.length === 0) calls.push({ span, from: span.service, to: span.service });
    }
    return calls.sort((a5, b3) => a5.span.start - b3.span.start || a5.span.index - b3.span.index);
  }
  function shortName(name) {
    return /^[\w.]+\/(\w+)$/.exec(name)?.[1] ?? name;
  }
  function Sequence({ spans, selected, onSelect }) {
    const [own, setOwn] = d2(false);
    const all = callsOf(spans);
    const between = all.filter((c4) => c4.from !== c4.to);
    const calls = own ? all : between;
    const services = [...new Set(spans.map((s4) => s4.service))];
    const center = (name) => (services.indexOf(name) + 0.5) / services.length * 100;
    return /* @__PURE__ */ a4("div", { class: "sequence", children: [
      /* @__PURE__ */ a4("div", { class: "sequence-head", children: [
        /* @__PURE__ */ a4("span", {}),
        /* @__PURE__ */ a4("div", { class: "sequence-names", children: services.map((s4) => /* @__PURE__ */ a4("span", { class: "sequence-name", title: s4, children: /* @__PURE__ */ a4(Service, { name: s4 }) })) }),
        /* @__PURE__ */ a4("span", { class: "right", children: "Took" })
      ] }),
      /* @__PURE__ */ a4("ol", { children: calls.slice(0, SHOWN3).map(({ span, from, to }) => {
        const [a5, b3] = [from ? center(from) : 0, center(to)];
        const self = from === to;
        const words = from === "" ? `${to} is called` : self ? `${to} by itself` : `${from} calls ${to}`;
        return /* @__PURE__ */ a4("li", { children: /* @__PURE__ */ a4("button", { type: "button", class: `sequence-row ${selected === span.id ? "selected" : ""} ${span.status === 2 ? "failing" : ""}`, onClick: () => onSelect(span), children: [
          /* @__PURE__ */ a4("span", { class: "sequence-at num", children: [
            "+",
            duration(span.start)
          ] }),
          /* @__PURE__ */ a4("span", { class: "sequence-track", children: [
            services.map((s4) => /* @__PURE__ */ a4("span", { class: `sequence-life ${serviceClass(s4)}`, "aria-hidden": "true", style: { left: `${center(s4)}%` } })),
            self ? /* @__PURE__ */ a4("span", { class: `sequence-self ${serviceClass(to)}`, "aria-hidden": "true", style: { left: `${b3}%` } }) : /* @__PURE__ */ a4("span", { class: `sequence-arrow ${a5 > b3 ? "back" : ""} ${serviceClass(to)}`, "aria-hidden": "true", style: { left: `${Math.min(a5, b3)}%`, width: `${Math.abs(a5 - b3)}%` } }),
            /* @__PURE__ */ a4("span", { class: `sequence-label ${b3 > 70 ? "before" : ""}`, style: b3 > 70 ? { right: `${100 - Math.max(a5, b3)}%` } : { left: `${self ? b3 : Math.min(a5, b3)}%` }, children: [
              /* @__PURE__ */ a4("span", { class: "sr", children: [
                words,
                ": "
              ] }),
              /* @__PURE__ */ a4(Line, { text: shortName(span.name), max: 80 }),
              span.status === 2 && span.note ? /* @__PURE__ */ a4("span", { class: "error-text", children: [
                " ",
                span.note.slice(0, 60)
              ] }) : null
            ] })
          ] }),
          /* @__PURE__ */ a4("span", { class: "sequence-took num", children: duration(span.duration) })
        ] }) });
      }) }),
      /* @__PURE__ */ a4("div", { class: "list-foot", children: [
        all.length > between.length && /* @__PURE__ */ a4("label", { class: "check-line", children: [
          /* @__PURE__ */ a4("input", { type: "checkbox", checked: own, onChange: (e4) => setOwn(e4.currentTarget.checked) }),
          " Show statements and other calls out"
        ] }),
        calls.length > SHOWN3 && /* @__PURE__ */ a4("span", { class: "note", children: [
          "The first ",
          count(SHOWN3),
          " of ",
          count(calls.length),
          " calls."
        ] })
      ] })
    ] });
  }

  // src/parts/waterfall.tsx
  var ROW = 28;
  var BEFORE = 12;
  function ticksFor(total, wanted) {
    const raw = total / Math.max(1, wanted);
    const power = 10 ** Math.floor(Math.log10(Math.max(raw, 1)));
    const step = [1, 2, 5, 10].map((m5) => m5 * power).find((s4) => s4 >= raw) ?? raw;
    const ticks = [];
    for (let at = 0; at < total * 0.93; at += step) ticks.push(at);
    return ticks;
  }
  function statusWord(span) {
    if (span.status === 2) return `failed${span.note ? `: ${span.note}` : ""}`;
    return span.note;
  }
  function Waterfall(props) {
    const { rows, total, selected } = props;
    const body = T2(null);
    const timeline = T2(null);
    const [top, setTop] = d2(0);
    const [height, setHeight] = d2(560);
    const [active, setActive] = d2("");
    const width = useWidth(timeline, 500);
    const current = Math.max(0, rows.findIndex((r4) => r4.key === (active || props.target)));
    const refocus = T2(false);
    F2(() => {
      const node = body.current;
      const observer = new ResizeObserver(() => setHeight(node.clientHeight));
      observer.observe(node);
      return () => observer.disconnect();
    }, []);
    const show = (index) => {
      const node = body.current;
      if (!node) return;
      const y5 = index * ROW;
      if (y5 < node.scrollTop) node.scrollTop = y5;
      else if (y5 + ROW > node.scrollTop + node.clientHeight) node.scrollTop = y5 + ROW - node.clientHeight;
      setTop(node.scrollTop);
    };
    A2(() => {
      const index = rows.findIndex((r4) => r4.key === props.target);
      if (index >= 0) {
        setActive(props.target);
        show(index);
      }
    }, [props.target]);
    A2(() => {
      if (!refocus.current) return;
      refocus.current = false;
      body.current?.querySelector('[role=row][tabindex="0"]')?.focus({ preventScroll: true });
    });
    const move = (index) => {
      const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
      if (!row) return;
      setActive(row.key);
      show(rows.indexOf(row));
      refocus.current = true;
    };
    const onKeyDown = (event) => {
      const row = rows[current];
      if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
      const page = Math.max(1, Math.floor(height / ROW) - 1);
      const steps = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: page, PageUp: -page, Home: -rows.length, End: rows.length };
      if (event.key in steps) move(current + steps[event.key]);
      else if (event.key === "Enter" || event.key === " ") row.group ? props.onFold(row, !row.folded) : props.onSelect(row.span);
      else if (event.key === "ArrowRight") row.folds && row.folded ? props.onFold(row, false) : move(current + 1);
      else if (event.key === "ArrowLeft") {
        if (row.folds && !row.folded) props.onFold(row, true);
        else {
          let parent = current - 1;
          while (parent >= 0 && rows[parent].level >= row.level) parent -= 1;
          if (parent >= 0) move(parent);
        }
      } else return;
      refocus.current = true;
      event.preventDefault();
      event.stopPropagation();
    };
    const first = Math.max(0, Math.floor(top / ROW) - BEFORE);
    const last = Math.min(rows.length, Math.ceil((top + height) / ROW) + BEFORE);
    const ticks = ticksFor(total, Math.max(2, Math.floor(width / 110)));
    const percent2 = (ns) => `${Math.max(0, Math.min(ns, total)) / total * 100}%`;
    const visibleRows = rows.slice(first, last).map((row, i4) => [row, first + i4]);
    if (rows[current] && (current < first || current >= last)) visibleRows.push([rows[current], current]);
    return /* @__PURE__ */ a4("div", { class: "waterfall", role: "treegrid", "aria-label": "Spans", "aria-rowcount": rows.length + 1, onKeyDown, children: [
      /* @__PURE__ */ a4("div", { class: "wf-head", role: "row", "aria-rowindex": 1, children: [
        /* @__PURE__ */ a4("div", { role: "columnheader", class: "wf-name", children: "Span" }),
        /* @__PURE__ */ a4("div", { role: "columnheader", class: "wf-line", ref: timeline, children: [
          /* @__PURE__ */ a4("span", { class: "sr", children: "Time" }),
          ticks.map((t4) => /* @__PURE__ */ a4("span", { class: "wf-tick num", "aria-hidden": "true", style: { left: percent2(t4) }, children: t4 === 0 ? "0" : tick(t4) }))
        ] }),
        /* @__PURE__ */ a4("div", { role: "columnheader", class: "wf-took", children: "Duration" })
      ] }),
      /* @__PURE__ */ a4("div", { class: "wf-body", ref: body, role: "rowgroup", onScroll: (e4) => setTop(e4.currentTarget.scrollTop), children: /* @__PURE__ */ a4("div", { class: "wf-space", role: "presentation", style: { height: `${rows.length * ROW}px` }, children: visibleRows.map(([row, index]) => {
        const { span, group } = row;
        const took = group ? group.reduce((sum, s4) => sum + s4.duration, 0) : span.duration;
        const note = statusWord(span);
        return /* @__PURE__ */ a4(
          "div",
          {
            role: "row",
            class: `wf-row ${serviceClass(span.service)} ${span.status === 2 ? "error" : ""} ${selected === span.id && !group ? "selected" : ""} ${props.found.has(span.id) ? "found" : ""}`,
            "aria-rowindex": index + 2,
            "aria-level": row.level,
            "aria-posinset": row.position,
            "aria-setsize": row.size,
            "aria-expanded": row.folds ? !row.folded : void 0,
            "aria-selected": selected === span.id && !group,
            tabIndex: index === current ? 0 : -1,
            style: { transform: `translateY(${index * ROW}px)` },
            onClick: () => {
              setActive(row.key);
              if (group) props.onFold(row, !row.folded);
              else props.onSelect(span);
            },
            children: [
              /* @__PURE__ */ a4("div", { role: "gridcell", class: "wf-name", children: [
                /* @__PURE__ */ a4("span", { class: "wf-indent", style: { width: `${Math.min(row.level - 1, 24) * 14}px` }, "aria-hidden": "true" }),
                row.folds ? /* @__PURE__ */ a4(
                  "button",
                  {
                    type: "button",
                    class: "wf-fold",
                    tabIndex: -1,
                    "aria-label": row.folded ? "Unfold" : "Fold",
                    onClick: (e4) => {
                      e4.stopPropagation();
                      setActive(row.key);
                      props.onFold(row, !row.folded);
                    },
                    children: /* @__PURE__ */ a4(Icon, { name: row.folded ? "right" : "down", size: 11 })
                  }
                ) : /* @__PURE__ */ a4("span", { class: "wf-leaf", "aria-hidden": "true" }),
                /* @__PURE__ */ a4("span", { class: "dot", "aria-hidden": "true" }),
                /* @__PURE__ */ a4("span", { class: "wf-label", title: visible(`${span.service}: ${span.name} (${KINDS2[span.kind] ?? span.kind})${note ? `, ${note}` : ""}`), children: [
                  /* @__PURE__ */ a4("span", { class: "wf-service", children: /* @__PURE__ */ a4(Line, { text: span.service, max: 40 }) }),
                  /* @__PURE__ */ a4(Line, { text: span.name, max: 200 }),
                  group && /* @__PURE__ */ a4("strong", { class: "wf-times", children: [
                    " ×",
                    count(group.length)
                  ] })
                ] }),
                span.orphan && /* @__PURE__ */ a4("span", { class: "badge", title: "Its parent is in another process, or has not come", children: "no parent here" }),
                span.status === 2 && /* @__PURE__ */ a4("span", { class: "badge error", title: visible(note), children: span.note ? /* @__PURE__ */ a4(Line, { text: span.note, max: 40 }) : "failed" }),
                span.logs > 0 && !group && /* @__PURE__ */ a4("span", { class: "wf-logs", title: `${span.logs} log records`, children: [
                  /* @__PURE__ */ a4("span", { "aria-hidden": "true", children: "◆" }),
                  span.logs,
                  /* @__PURE__ */ a4("span", { class: "sr", children: " log records" })
                ] })
              ] }),
              /* @__PURE__ */ a4("div", { role: "gridcell", class: "wf-line", children: [
                ticks.map((t4) => /* @__PURE__ */ a4("span", { class: "wf-grid", "aria-hidden": "true", style: { left: percent2(t4) } })),
                (group ?? [span]).slice(0, 100).map((s4) => /* @__PURE__ */ a4("span", { class: `wf-bar ${group ? "of-group" : ""}`, "aria-hidden": "true", style: { left: percent2(s4.start), width: `${Math.max(0.15, s4.duration / total * 100)}%` } })),
                (group ?? [span]).slice(0, 100).flatMap((s4) => props.paths.get(s4.index) ?? []).map((p5) => /* @__PURE__ */ a4("span", { class: "wf-path", "aria-hidden": "true", style: { left: percent2(p5.start), width: `${Math.max(0.2, p5.duration / total * 100)}%` } })),
                !group && span.logs > 0 && props.logs.filter((l4) => l4.span_id === span.id).slice(0, 20).map((l4) => /* @__PURE__ */ a4("span", { class: "wf-mark", "aria-hidden": "true", title: visible((l4.body ?? "").slice(0, 300)), style: { left: percent2(((l4.time_us ?? 0) - props.startUs) * 1e3) }, children: "◆" }))
              ] }),
              /* @__PURE__ */ a4("div", { role: "gridcell", class: "wf-took num", title: group ? "together" : void 0, children: [
                group ? "Σ " : "",
                duration(took)
              ] })
            ]
          },
          row.key
        );
      }) }) })
    ] });
  }

  // src/pages/pinned.tsx
  function PinButton({ id, pinned, done }) {
    const [busy, setBusy] = d2(false);
    const [problem, setProblem] = d2();
    const toggle = async () => {
      setBusy(true);
      setProblem(void 0);
      try {
        if (pinned) await remove(`q/pinned/${id}`);
        else await put(`q/pinned/${id}`, {});
        done();
      } catch (error) {
        setProblem(asProblem(error));
      }
      setBusy(false);
    };
    return /* @__PURE__ */ a4($, { children: [
      /* @__PURE__ */ a4("button", { type: "button", class: "pin", "aria-pressed": pinned, disabled: busy, onClick: () => void toggle(), title: "A pinned trace stays when the oldest telemetry is removed", children: [
        /* @__PURE__ */ a4(Icon, { name: "pin", size: 13 }),
        " ",
        pinned ? "Pinned" : "Pin"
      ] }),
      problem && /* @__PURE__ */ a4("span", { class: "error-text", role: "alert", children: problem.detail || problem.title })
    ] });
  }
  function PinnedPage() {
    const loaded = useLoad("pinned", (signal) => get("q/pinned", {}, signal));
    const traces = (loaded.data?.traces ?? []).flatMap((t4) => t4.summary ?? []);
    return /* @__PURE__ */ a4("div", { class: "page", children: [
      /* @__PURE__ */ a4("p", { class: "crumbs", children: [
        /* @__PURE__ */ a4("a", { href: href("traces"), children: "Traces" }),
        " ",
        /* @__PURE__ */ a4("span", { "aria-hidden": "true", children: "/" }),
        " Pinned"
      ] }),
      /* @__PURE__ */ a4("h1", { class: "sr", children: "Pinned traces" }),
      loaded.problem && /* @__PURE__ */ a4(Failed, { problem: loaded.problem, what: "The pinned traces could not be loaded", retry: loaded.reload }),
      !loaded.data && loaded.loading && /* @__PURE__ */ a4(Loading, { what: "pinned traces" }),
      loaded.data && traces.length === 0 && /* @__PURE__ */ a4(Empty, { title: "No trace is pinned", children: [
        /* @__PURE__ */ a4("p", { children: [
          "Open a trace and choose ",
          /* @__PURE__ */ a4("em", { children: "Pin" }),
          ". It stays when the oldest telemetry is removed."
        ] }),
        /* @__PURE__ */ a4("p", { class: "acts", children: /* @__PURE__ */ a4("a", { href: href("traces"), children: "All traces" }) })
      ] }),
      traces.length > 0 && /* @__PURE__ */ a4("section", { class: "panel", children: [
        /* @__PURE__ */ a4("div", { class: "panel-head", children: [
          /* @__PURE__ */ a4("h2", { children: plural(traces.length, "pinned trace") }),
          /* @__PURE__ */ a4("span", { class: "note", children: [
            bytes(loaded.data.bytes ?? 0),
            " of ",
            bytes(loaded.data.bytes_max ?? 0),
            ". They stay when the oldest telemetry is removed."
          ] })
        ] }),
        /* @__PURE__ */ a4(TraceTable, { traces, label: "Pinned traces" })
      ] })
    ] });
  }

  // src/pages/span_panel.tsx
  function Section({ title, children, closed = false }) {
    return /* @__PURE__ */ a4("details", { class: "section", open: !closed, children: [
      /* @__PURE__ */ a4("summary", { children: title }),
      children
    ] });
  }
  function Dropped({ detail }) {
    const parts = [
      [detail.dropped_attributes, "attribute"],
      [detail.dropped_events, "event"],
      [detail.dropped_links, "link"]
    ].filter(([n3]) => Number(n3 ?? 0) > 0);
    if (!parts.length) return null;
    return /* @__PURE__ */ a4("p", { class: "warn-text", children: [
      "Its sender has dropped ",
      parts.map(([n3, what]) => plural(Number(n3), String(what))).join(", "),
      "."
    ] });
  }
  function SpanPanel({ traceId, span, startUs, total, logs, close: close2 }) {
    const loaded = useLoad(`${traceId}/${span.id}`, (signal) => get(`q/traces/${traceId}/spans/${span.id}`, {}, signal));
    const panel = T2(null);
    const detail = loaded.data?.span_id === span.id ? loaded.data : void 0;
    const own = logs.filter((l4) => l4.span_id === span.id);
    A2(() => panel.current?.scrollTo?.(0, 0), [span.id]);
    return /* @__PURE__ */ a4("aside", { class: "side", ref: panel, "aria-label": "The chosen span", children: [
      /* @__PURE__ */ a4("div", { class: "side-head", children: [
        /* @__PURE__ */ a4("h2", { children: /* @__PURE__ */ a4(Foreign, { text: span.name.slice(0, 300) }) }),
        /* @__PURE__ */ a4("button", { type: "button", class: "icon-button", "aria-label": "Close", onClick: close2, children: /* @__PURE__ */ a4(Icon, { name: "close" }) })
      ] }),
      /* @__PURE__ */ a4("p", { class: "side-sub", children: [
        /* @__PURE__ */ a4(Service, { name: span.service }),
        " ",
        /* @__PURE__ */ a4("span", { children: KINDS2[span.kind] ?? `kind ${span.kind}` })
      ] }),
      /* @__PURE__ */ a4("dl", { class: "facts", children: [
        /* @__PURE__ */ a4("div", { children: [
          /* @__PURE__ */ a4("dt", { children: "Duration" }),
          /* @__PURE__ */ a4("dd", { class: "num", children: duration(span.duration) })
        ] }),
        /* @__PURE__ */ a4("div", { children: [
          /* @__PURE__ */ a4("dt", { children: "Share" }),
          /* @__PURE__ */ a4("dd", { class: "num", children: [
            (span.duration / total * 100).toFixed(1),
            " %"
          ] })
        ] }),
        /* @__PURE__ */ a4("div", { children: [
          /* @__PURE__ */ a4("dt", { children: "Begins" }),
          /* @__PURE__ */ a4("dd", { class: "num", children: [
            "+",
            duration(span.start)
          ] })
        ] }),
        /* @__PURE__ */ a4("div", { children: [
          /* @__PURE__ */ a4("dt", { children: "Status" }),
          /* @__PURE__ */ a4("dd", { class: span.status === 2 ? "error-text" : "", children: span.status === 2 ? "error" : span.status === 1 ? "OK" : "unset" })
        ] })
      ] }),
      loaded.problem && /* @__PURE__ */ a4(Failed, { problem: loaded.problem, what: "The span could not be loaded", retry: loaded.reload }),
      !detail && loaded.loading && /* @__PURE__ */ a4(Loading, { what: "the span" }),
      detail && /* @__PURE__ */ a4($, { children: [
        detail.status_message && /* @__PURE__ */ a4("p", { class: "side-message", children: /* @__PURE__ */ a4(Value, { text: detail.status_message }) }),
        /* @__PURE__ */ a4(Section, { title: `Attributes ${(detail.attributes ?? []).length}`, children: (detail.attributes ?? []).length ? /* @__PURE__ */ a4(Attributes, { list: detail.attributes, page: "traces" }) : /* @__PURE__ */ a4("p", { class: "note", children: "It has none." }) }),
        /* @__PURE__ */ a4(Dropped, { detail }),
        own.length > 0 && /* @__PURE__ */ a4(Section, { title: `Log records ${own.length}`, children: /* @__PURE__ */ a4(LogList, { records: own, startUs, label: "Log records of the span" }) }),
        (detail.events ?? []).length > 0 && /* @__PURE__ */ a4(Section, { title: `Events ${detail.events.length}`, children: detail.events.map((e4) => /* @__PURE__ */ a4("div", { class: "event", children: [
          /* @__PURE__ */ a4("p", { children: [
            /* @__PURE__ */ a4("span", { class: "num", children: [
              "+",
              duration(((e4.time_us ?? 0) - startUs) * 1e3)
            ] }),
            " ",
            /* @__PURE__ */ a4("strong", { children: /* @__PURE__ */ a4(Foreign, { text: e4.name ?? "" }) })
          ] }),
          (e4.attributes ?? []).length > 0 && /* @__PURE__ */ a4(Attributes, { list: e4.attributes })
        ] })) }),
        (detail.links ?? []).length > 0 && /* @__PURE__ */ a4(Section, { title: `Links ${detail.links.length}`, children: detail.links.map((l4) => /* @__PURE__ */ a4("div", { class: "event", children: [
          /* @__PURE__ */ a4("p", { children: /* @__PURE__ */ a4("a", { href: href(`traces/${l4.trace_id}`, { sel: l4.span_id }), children: [
            "Span ",
            l4.span_id,
            " of trace ",
            l4.trace_id?.slice(0, 8),
            "…"
          ] }) }),
          (l4.attributes ?? []).length > 0 && /* @__PURE__ */ a4(Attributes, { list: l4.attributes })
        ] })) }),
        (detail.resource ?? []).length > 0 && /* @__PURE__ */ a4(Section, { title: `Resource ${detail.resource.length}`, closed: true, children: /* @__PURE__ */ a4(Attributes, { list: detail.resource, page: "traces" }) }),
        /* @__PURE__ */ a4(Section, { title: "Ids", closed: true, children: /* @__PURE__ */ a4("dl", { class: "ids", children: [
          /* @__PURE__ */ a4("div", { children: [
            /* @__PURE__ */ a4("dt", { children: "Span" }),
            /* @__PURE__ */ a4("dd", { children: [
              /* @__PURE__ */ a4("code", { children: span.id }),
              /* @__PURE__ */ a4(Copy, { text: span.id, label: "Copy the span id" })
            ] })
          ] }),
          detail.parent_span_id && /* @__PURE__ */ a4("div", { children: [
            /* @__PURE__ */ a4("dt", { children: "Parent" }),
            /* @__PURE__ */ a4("dd", { children: /* @__PURE__ */ a4("code", { children: detail.parent_span_id }) })
          ] }),
          /* @__PURE__ */ a4("div", { children: [
            /* @__PURE__ */ a4("dt", { children: "Began" }),
            /* @__PURE__ */ a4("dd", { class: "num", children: clock(detail.start_us ?? 0) })
          ] }),
          detail.scope_name && /* @__PURE__ */ a4("div", { children: [
            /* @__PURE__ */ a4("dt", { children: "Scope" }),
            /* @__PURE__ */ a4("dd", { children: /* @__PURE__ */ a4(Foreign, { text: `${detail.scope_name} ${detail.scope_version ?? ""}` }) })
          ] }),
          detail.trace_state && /* @__PURE__ */ a4("div", { children: [
            /* @__PURE__ */ a4("dt", { children: "State" }),
            /* @__PURE__ */ a4("dd", { children: /* @__PURE__ */ a4(Value, { text: detail.trace_state }) })
          ] })
        ] }) }),
        /* @__PURE__ */ a4("p", { children: /* @__PURE__ */ a4("a", { href: href("traces", { q: `${term("service", span.service)} ${term("name", span.name)}` }), children: "Other traces with this operation" }) })
      ] })
    ] });
  }

  // src/pages/trace.tsx
  var ATTEMPTS = 8;
  var TABS = ["spans", "sequence", "logs"];
  async function getTrace(id, signal, attempts2 = ATTEMPTS) {
    try {
      return await get(`q/traces/${id}`, {}, signal);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 404 || attempts2 <= 1) throw error;
      await new Promise((done) => window.setTimeout(done, 250));
      return getTrace(id, signal, attempts2 - 1);
    }
  }
  function NotHere({ id, retry: retry2 }) {
    const since = status.value?.kept_from_us;
    const valid = /^[0-9a-f]{32}$/.test(id);
    return /* @__PURE__ */ a4(Empty, { title: valid ? "This trace is not here" : "This is no trace id", children: [
      /* @__PURE__ */ a4("p", { children: /* @__PURE__ */ a4("code", { children: /* @__PURE__ */ a4(Foreign, { text: id.slice(0, 100) }) }) }),
      valid ? /* @__PURE__ */ a4("ul", { children: [
        /* @__PURE__ */ a4("li", { children: "Spans appear within a second after they end." }),
        /* @__PURE__ */ a4("li", { children: since ? `Traces are kept since ${shortTime(since, false)}. An older one is gone.` : "Nothing has been kept yet." }),
        /* @__PURE__ */ a4("li", { children: "Its sender may have sampled it out, or sends to another address." })
      ] }) : /* @__PURE__ */ a4("p", { children: "A trace id has 32 hexadecimal digits." }),
      /* @__PURE__ */ a4("p", { class: "acts", children: [
        /* @__PURE__ */ a4("button", { type: "button", onClick: retry2, children: "Look again" }),
        " ",
        /* @__PURE__ */ a4("a", { href: href("traces"), children: "All traces" })
      ] })
    ] });
  }
  function Head({ trace, spans, id, reload }) {
    const summary = trace.summary;
    const outcome = outcomeOf(summary);
    const services = w2(() => [...new Set(spans.map((s4) => s4.service))], [spans]);
    return /* @__PURE__ */ a4("header", { class: "trace-head", children: [
      /* @__PURE__ */ a4("p", { class: "crumbs", children: [
        /* @__PURE__ */ a4("a", { href: href("traces"), children: "Traces" }),
        " ",
        /* @__PURE__ */ a4("span", { "aria-hidden": "true", children: "/" }),
        " ",
        /* @__PURE__ */ a4("code", { children: [
          id.slice(0, 8),
          "…",
          id.slice(-4)
        ] }),
        " ",
        /* @__PURE__ */ a4(Copy, { text: id, label: "Copy the trace id" }),
        " ",
        /* @__PURE__ */ a4(PinButton, { id, pinned: trace.pinned ?? false, done: reload })
      ] }),
      /* @__PURE__ */ a4("div", { class: "trace-title", children: [
        /* @__PURE__ */ a4(OutcomeMark, { outcome }),
        /* @__PURE__ */ a4("h1", { children: /* @__PURE__ */ a4(Foreign, { text: (summary.name || "Trace").slice(0, 300) }) }),
        /* @__PURE__ */ a4("span", { class: `pill ${outcome}`, children: summary.status || OUTCOME_WORDS[outcome] }),
        /* @__PURE__ */ a4(ErrorsInside, { trace: summary })
      ] }),
      /* @__PURE__ */ a4("dl", { class: "facts", children: [
        /* @__PURE__ */ a4("div", { children: [
          /* @__PURE__ */ a4("dt", { children: "Duration" }),
          /* @__PURE__ */ a4("dd", { class: "num big", children: duration(summary.duration_ns ?? 0) })
        ] }),
        /* @__PURE__ */ a4("div", { children: [
          /* @__PURE__ */ a4("dt", { children: "Began" }),
          /* @__PURE__ */ a4("dd", { class: "num", children: dateTime(summary.start_us ?? 0) })
        ] }),
        /* @__PURE__ */ a4("div", { children: [
          /* @__PURE__ */ a4("dt", { children: "Spans" }),
          /* @__PURE__ */ a4("dd", { class: "num", children: summary.spans ?? spans.length })
        ] }),
        /* @__PURE__ */ a4("div", { children: [
          /* @__PURE__ */ a4("dt", { children: "Errors" }),
          /* @__PURE__ */ a4("dd", { class: `num ${summary.errors && outcome !== "ok" ? "error-text" : ""}`, children: summary.errors ?? 0 })
        ] }),
        /* @__PURE__ */ a4("div", { class: "facts-services", children: [
          /* @__PURE__ */ a4("dt", { children: "Services" }),
          /* @__PURE__ */ a4("dd", { children: [
            services.slice(0, 12).map((s4) => /* @__PURE__ */ a4(Service, { name: s4 })),
            services.length > 12 && ` +${services.length - 12}`
          ] })
        ] })
      ] }),
      summary.error && outcome !== "ok" && /* @__PURE__ */ a4("p", { class: "trace-error", children: /* @__PURE__ */ a4(Foreign, { text: summary.error.slice(0, 500) }) }),
      summary.error && outcome === "ok" && /* @__PURE__ */ a4("p", { class: "note", children: [
        "It ended well, although a step inside failed: ",
        /* @__PURE__ */ a4(Foreign, { text: summary.error.slice(0, 500) })
      ] }),
      summary.root_missing && (spans.filter((s4) => s4.parent < 0).length === 1 ? /* @__PURE__ */ a4("p", { class: "note", children: "Its first span was called by one that is not here, such as a browser's." }) : /* @__PURE__ */ a4("p", { class: "warn-text", children: "The first span has not come yet. What is here is shown." })),
      (trace.spans_left_out ?? 0) > 0 && /* @__PURE__ */ a4("p", { class: "warn-text", children: [
        plural(trace.spans_left_out, "span"),
        " left out, because the trace is too large."
      ] })
    ] });
  }
  function TracePage({ id }) {
    const loaded = useLoad(id, (signal) => getTrace(id, signal));
    const logs = useLoad(`logs ${id} ${loaded.data ? 1 : 0}`, (signal) => get("q/logs", { trace_id: id, page_size: 500 }, signal));
    const trace = loaded.data;
    const spans = w2(() => trace ? spansOf(trace) : [], [trace]);
    const [folded, setFolded] = d2(/* @__PURE__ */ new Set());
    const [opened, setOpened] = d2(/* @__PURE__ */ new Set());
    const [target, setTarget] = d2(param("sel"));
    const [path2, setPath] = d2(true);
    const [find, setFind] = d2("");
    const rows = w2(() => rowsOf(spans, folded, opened), [spans, folded, opened]);
    const tab = TABS.find((t4) => t4 === param("tab")) ?? "spans";
    const selected = spans.find((s4) => s4.id === param("sel"));
    const total = Math.max(1, trace?.summary?.duration_ns ?? 0, ...spans.slice(0, 1).map((s4) => s4.start + s4.duration));
    const startUs = trace?.summary?.start_us ?? 0;
    const records = w2(() => [...logs.data?.records ?? []].sort((a5, b3) => (a5.time_us ?? 0) - (b3.time_us ?? 0)), [logs.data]);
    const found = w2(() => {
      const words = find.trim().toLowerCase();
      return words ? spans.filter((s4) => `${s4.service} ${s4.name} ${s4.note}`.toLowerCase().includes(words)) : [];
    }, [spans, find]);
    const foundIds = w2(() => new Set(found.map((s4) => s4.id)), [found]);
    const paths = w2(() => {
      const bySpan = /* @__PURE__ */ new Map();
      if (!path2) return bySpan;
      for (const part of trace?.critical_path ?? []) {
        const list = bySpan.get(part.span ?? 0) ?? [];
        list.push({ start: part.start_ns ?? 0, duration: part.duration_ns ?? 0 });
        bySpan.set(part.span ?? 0, list);
      }
      return bySpan;
    }, [trace, path2]);
    A2(() => {
      if (!trace?.summary?.root_missing || Date.now() - startUs / 1e3 > 6e4) return void 0;
      const timer = window.setTimeout(loaded.reload, 1e3);
      return () => window.clearTimeout(timer);
    }, [trace]);
    const show = (span, select) => {
      if (!span) return;
      const [nextFolded, nextOpened] = revealed(spans, span, folded, opened);
      setFolded(nextFolded);
      setOpened(nextOpened);
      setTarget("");
      window.setTimeout(() => setTarget(span.id));
      if (select) change({ sel: span.id, tab: void 0 }, "replace");
    };
    const next = (among, step) => {
      if (!among.length) return;
      const at2 = among.findIndex((s4) => s4.id === param("sel"));
      show(among[(at2 + step + among.length) % among.length] ?? among[0], true);
    };
    A2(() => {
      if (spans.length && param("sel")) show(spans.find((s4) => s4.id === param("sel")), false);
    }, [spans]);
    const fold = (row, close2) => {
      const set = new Set(row.group ? opened : folded);
      if (row.group ? !close2 : close2) set.add(row.key);
      else set.delete(row.key);
      if (row.group) setOpened(set);
      else setFolded(set);
    };
    const foldAll = (close2) => {
      setFolded(close2 ? new Set(spans.filter((s4) => s4.children.length && s4.parent >= 0).map((s4) => s4.id)) : /* @__PURE__ */ new Set());
      if (close2) setOpened(/* @__PURE__ */ new Set());
    };
    const errors = spans.filter((s4) => s4.status === 2);
    A2(() => onKey((key) => {
      if (key === "c") setPath(!path2);
      else if (key === "[") foldAll(true);
      else if (key === "]") foldAll(false);
      else if (key === "n") next(errors, 1);
      else if (key === "N") next(errors, -1);
      else if (key === "Escape" && param("sel")) change({ sel: void 0 });
      else return false;
      return true;
    }), [path2, spans, folded, opened]);
    if (!trace) {
      if (loaded.loading) return /* @__PURE__ */ a4(Loading, { what: "the trace" });
      if (loaded.problem && loaded.problem.status !== 404 && loaded.problem.status !== 400) {
        return /* @__PURE__ */ a4(Failed, { problem: loaded.problem, what: "The trace could not be loaded", retry: loaded.reload });
      }
      return /* @__PURE__ */ a4(NotHere, { id, retry: loaded.reload });
    }
    const at = found.findIndex((s4) => s4.id === param("sel")) + 1;
    return /* @__PURE__ */ a4("div", { class: "page trace-page", children: [
      /* @__PURE__ */ a4(Head, { trace, spans, id, reload: loaded.reload }),
      /* @__PURE__ */ a4("div", { class: "tabs-row", children: [
        /* @__PURE__ */ a4("div", { class: "tabs", role: "tablist", "aria-label": "Views of the trace", children: [
          /* @__PURE__ */ a4("button", { type: "button", role: "tab", id: "tab-spans", "aria-selected": tab === "spans", "aria-controls": "view", onClick: () => change({ tab: void 0 }), children: "Waterfall" }),
          /* @__PURE__ */ a4("button", { type: "button", role: "tab", id: "tab-sequence", "aria-selected": tab === "sequence", "aria-controls": "view", onClick: () => change({ tab: "sequence" }), children: "Sequence" }),
          /* @__PURE__ */ a4("button", { type: "button", role: "tab", id: "tab-logs", "aria-selected": tab === "logs", "aria-controls": "view", onClick: () => change({ tab: "logs" }), children: [
            "Logs ",
            /* @__PURE__ */ a4("span", { class: "num", children: records.length })
          ] })
        ] }),
        tab === "spans" && /* @__PURE__ */ a4("div", { class: "trace-tools", children: [
          /* @__PURE__ */ a4("form", { class: "find", role: "search", onSubmit: (e4) => (e4.preventDefault(), next(found, 1)), children: [
            /* @__PURE__ */ a4("input", { type: "search", "aria-label": "Find in this trace", placeholder: "Find in this trace", value: find, onInput: (e4) => setFind(e4.currentTarget.value) }),
            find && /* @__PURE__ */ a4("span", { class: "num", role: "status", children: [
              at || 0,
              "/",
              found.length
            ] }),
            find && /* @__PURE__ */ a4("button", { type: "button", class: "icon-button", "aria-label": "Previous", onClick: () => next(found, -1), children: /* @__PURE__ */ a4(Icon, { name: "up", size: 13 }) }),
            find && /* @__PURE__ */ a4("button", { type: "submit", class: "icon-button", "aria-label": "Next", children: /* @__PURE__ */ a4(Icon, { name: "down", size: 13 }) })
          ] }),
          errors.length > 0 && /* @__PURE__ */ a4("button", { type: "button", onClick: () => next(errors, 1), children: "Next error" }),
          /* @__PURE__ */ a4("button", { type: "button", "aria-pressed": path2, onClick: () => setPath(!path2), children: [
            /* @__PURE__ */ a4("span", { class: "path-sample", "aria-hidden": "true" }),
            "Critical path"
          ] }),
          /* @__PURE__ */ a4("button", { type: "button", onClick: () => foldAll(folded.size === 0), children: folded.size === 0 ? "Fold all" : "Unfold all" })
        ] })
      ] }),
      /* @__PURE__ */ a4("div", { class: `trace-view ${selected ? "with-side" : ""}`, id: "view", role: "tabpanel", "aria-labelledby": `tab-${tab}`, children: [
        /* @__PURE__ */ a4("div", { class: "panel trace-main", children: tab === "spans" ? /* @__PURE__ */ a4(
          Waterfall,
          {
            rows,
            total,
            startUs,
            paths,
            logs: records,
            selected: param("sel"),
            found: foundIds,
            target,
            onSelect: (span) => change({ sel: span.id }, "replace"),
            onFold: fold
          }
        ) : tab === "sequence" ? /* @__PURE__ */ a4(Sequence, { spans, selected: param("sel"), onSelect: (span) => change({ sel: span.id }, "replace") }) : records.length ? /* @__PURE__ */ a4(LogList, { records, startUs, label: "Log records of the trace" }) : logs.problem ? /* @__PURE__ */ a4(Failed, { problem: logs.problem, what: "The log records could not be loaded", retry: logs.reload }) : /* @__PURE__ */ a4(Empty, { title: "No log record names this trace" }) }),
        selected && /* @__PURE__ */ a4(SpanPanel, { traceId: id, span: selected, startUs, total, logs: records, close: () => change({ sel: void 0 }) })
      ] })
    ] });
  }

  // src/parts/scatter.tsx
  var HEIGHT2 = 132;
  var LEFT = 52;
  var BOTTOM = 18;
  var TOP = 8;
  function Scatter({ traces, onSelect }) {
    const holder = T2(null);
    const width = useWidth(holder, 600);
    const [drag, setDrag] = d2();
    const starts = traces.map((t4) => t4.start_us ?? 0);
    const first = Math.min(...starts);
    const last = Math.max(...starts);
    const span = Math.max(last - first, 1e6);
    const durations = traces.map((t4) => Math.max(t4.duration_ns ?? 0, 1e3));
    const low = Math.log10(Math.min(...durations)) - 0.15;
    const high = Math.max(Math.log10(Math.max(...durations)) + 0.15, low + 1);
    const right = width - 10;
    const x3 = (us) => LEFT + 8 + (us - first) / span * (right - LEFT - 16);
    const y5 = (ns) => TOP + (1 - (Math.log10(Math.max(ns, 1e3)) - low) / (high - low)) * (HEIGHT2 - TOP - BOTTOM);
    const timeAt = (px) => first + (px - LEFT - 8) / (right - LEFT - 16) * span;
    const durationAt = (py) => 10 ** (low + (1 - (py - TOP) / (HEIGHT2 - TOP - BOTTOM)) * (high - low));
    const ticks = [];
    for (let power = Math.ceil(low); power <= high; power += 1) ticks.push(10 ** power);
    const times = width > 700 ? [0, 0.25, 0.5, 0.75, 1] : [0, 0.5, 1];
    const at = (event) => {
      const box = holder.current.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const finish = () => {
      if (!drag) return;
      const { from, to } = drag;
      setDrag(void 0);
      if (Math.abs(from.x - to.x) < 6 || Math.abs(from.y - to.y) < 6) return;
      onSelect(
        timeAt(Math.min(from.x, to.x)),
        timeAt(Math.max(from.x, to.x)),
        durationAt(Math.max(from.y, to.y)),
        durationAt(Math.min(from.y, to.y))
      );
    };
    return /* @__PURE__ */ a4(
      "div",
      {
        class: "scatter",
        ref: holder,
        onPointerDown: (event) => {
          if (event.button !== 0 || event.pointerType === "touch" || event.target.tagName === "circle") return;
          holder.current.setPointerCapture(event.pointerId);
          setDrag({ from: at(event), to: at(event) });
        },
        onPointerMove: (event) => drag && setDrag({ from: drag.from, to: at(event) }),
        onPointerUp: finish,
        onPointerCancel: () => setDrag(void 0),
        children: /* @__PURE__ */ a4(
          "svg",
          {
            width,
            height: HEIGHT2,
            role: "img",
            "aria-label": `Durations of ${traces.length} traces from ${clock(first, false)} to ${clock(last, false)}; the list below has the same.`,
            children: [
              ticks.map((t4) => /* @__PURE__ */ a4("g", { children: [
                /* @__PURE__ */ a4("line", { class: "grid", x1: LEFT, x2: right, y1: y5(t4), y2: y5(t4) }),
                /* @__PURE__ */ a4("text", { class: "tick", x: LEFT - 6, y: y5(t4) + 4, "text-anchor": "end", children: tick(t4) })
              ] })),
              times.map((share, i4) => /* @__PURE__ */ a4(
                "text",
                {
                  class: "tick",
                  x: LEFT + 8 + share * (right - LEFT - 16),
                  y: HEIGHT2 - 3,
                  "text-anchor": i4 === 0 ? "start" : i4 === times.length - 1 ? "end" : "middle",
                  children: clock(first + share * span, false)
                }
              )),
              traces.map((t4) => {
                const outcome = outcomeOf(t4);
                const px = x3(t4.start_us ?? 0);
                const py = y5(t4.duration_ns ?? 0);
                const open2 = () => go(href(`traces/${t4.trace_id}`));
                const title = `${visible(t4.name ?? "")} ${duration(t4.duration_ns ?? 0)} ${OUTCOME_WORDS[outcome]}`;
                return outcome === "error" ? /* @__PURE__ */ a4("path", { class: "point error", d: `M${px - 4} ${py - 4}l8 8M${px + 4} ${py - 4}l-8 8`, onClick: open2, children: /* @__PURE__ */ a4("title", { children: title }) }, t4.trace_id) : /* @__PURE__ */ a4("circle", { class: `point ${outcome}`, cx: px, cy: py, r: 3.5, onClick: open2, children: /* @__PURE__ */ a4("title", { children: title }) }, t4.trace_id);
              }),
              drag && /* @__PURE__ */ a4(
                "rect",
                {
                  class: "selection",
                  x: Math.min(drag.from.x, drag.to.x),
                  y: Math.min(drag.from.y, drag.to.y),
                  width: Math.abs(drag.from.x - drag.to.x),
                  height: Math.abs(drag.from.y - drag.to.y)
                }
              )
            ]
          }
        )
      }
    );
  }

  // src/pages/traces.tsx
  var PAGE2 = 100;
  var SUGGESTIONS2 = ["error", "service:", "name:", "duration>100ms", "trace.duration>500ms", "trace.spans>", "http.response.status_code>=500", "shop.order.id=", "-name:*health*"];
  function NothingFound({ query }) {
    const [better, setBetter] = d2([]);
    A2(() => {
      const terms = termsOf(query);
      if (!terms.length || terms.length > 6) return;
      let gone = false;
      void Promise.all(
        terms.map(async (without) => {
          const rest = terms.filter((t4) => t4 !== without).join(" ");
          const found = await get("q/traces", { q: rest, page_size: 50, ...range() }).then((l4) => l4.traces?.length ?? 0, () => 0);
          return { without, rest, found };
        })
      ).then((all) => !gone && setBetter(all.filter((b3) => b3.found > 0)));
      return () => {
        gone = true;
      };
    }, [query]);
    return /* @__PURE__ */ a4(Empty, { title: "No trace matches", children: [
      better.length > 0 && /* @__PURE__ */ a4("ul", { class: "ways", children: better.map((b3) => /* @__PURE__ */ a4("li", { children: [
        /* @__PURE__ */ a4("button", { type: "button", onClick: () => change({ q: b3.rest }), children: [
          "Leave out ",
          /* @__PURE__ */ a4("code", { children: /* @__PURE__ */ a4(Foreign, { text: b3.without }) })
        ] }),
        /* @__PURE__ */ a4("span", { children: [
          b3.found >= 50 ? "50 or more" : count(b3.found),
          " match without it"
        ] })
      ] })) }),
      param("from") && /* @__PURE__ */ a4("button", { type: "button", onClick: () => change({ from: void 0, to: void 0 }), children: "Look at all that is kept" })
    ] });
  }
  function TraceSearch() {
    const query = param("q");
    const sort = param("sort") === "slowest" ? "slowest" : "newest";
    const key = [query, sort, param("from"), param("to")].join("\n");
    const [bad, setBad] = d2();
    const grows = sort === "newest" && openEnded() && bad !== query;
    const list = useLiveList({
      key,
      query,
      grows,
      signal: "traces",
      idOf: (t4) => t4.trace_id,
      timeOf: (t4) => t4.start_us ?? 0,
      load: async (token, signal) => {
        const found = await get("q/traces", { q: query, sort: sort === "newest" ? void 0 : sort, page_size: PAGE2, page_token: token, ...range() }, signal);
        return { rows: found.traces ?? [], token: found.next_page_token ?? "", searchedBackTo: found.searched_back_to_us ?? 0 };
      }
    });
    const { loaded, rows } = list;
    const facets = useLoad(`facets
${key}`, (signal) => get("q/facets", { signal: "traces", q: query, ...range() }, signal));
    const select = (from_us, to_us, least, most) => {
      const kept = termsOf(query).filter((t4) => !/^trace\.duration[<>]/.test(t4));
      const ms = (ns) => `${Number((ns / 1e6).toPrecision(3))}ms`;
      change({ q: [...kept, `trace.duration>=${ms(least)}`, `trace.duration<=${ms(most)}`].join(" "), from: String(Math.floor(from_us)), to: String(Math.ceil(to_us)) });
    };
    const pinned = status.value?.pinned_traces ?? 0;
    const shown = w2(() => rows.slice(0, 500), [rows]);
    const nothingKept = !query && !param("from") && !(status.value?.traces ?? 0);
    const badQuery = loaded.problem?.code === "BAD_QUERY";
    A2(() => setBad(badQuery ? query : void 0), [badQuery]);
    return /* @__PURE__ */ a4("div", { class: "page", children: [
      /* @__PURE__ */ a4("h1", { class: "sr", children: "Traces" }),
      /* @__PURE__ */ a4(
        QueryBox,
        {
          label: "Query for traces",
          placeholder: 'service:order-service duration>200ms error "POST /api/orders"',
          value: query,
          problem: loaded.problem,
          suggestions: SUGGESTIONS2,
          onChange: (q2) => q2 === query ? loaded.reload() : change({ q: q2 })
        }
      ),
      loaded.problem && !badQuery && /* @__PURE__ */ a4(Failed, { problem: loaded.problem, what: "The traces could not be loaded", retry: loaded.reload }),
      !loaded.data && loaded.loading && /* @__PURE__ */ a4(Loading, { what: "traces" }),
      loaded.data && /* @__PURE__ */ a4("div", { class: `columns ${loaded.loading || badQuery ? "old" : ""}`, "aria-busy": loaded.loading, children: [
        /* @__PURE__ */ a4("div", { class: "column-main", children: [
          rows.length > 0 && /* @__PURE__ */ a4("section", { class: "panel", children: [
            /* @__PURE__ */ a4("div", { class: "panel-head", children: [
              /* @__PURE__ */ a4("h2", { children: "Duration by time" }),
              /* @__PURE__ */ a4("span", { class: "note wide-only", children: "Draw a rectangle to look closer." })
            ] }),
            /* @__PURE__ */ a4(Scatter, { traces: shown, onSelect: select })
          ] }),
          rows.length === 0 ? nothingKept ? /* @__PURE__ */ a4(FirstSteps, { what: "trace" }) : /* @__PURE__ */ a4(NothingFound, { query }) : /* @__PURE__ */ a4(
            ListPanel,
            {
              list,
              title: `${plural(rows.length, "trace")}${list.token ? " so far" : ""}`,
              what: "traces",
              grows,
              tools: /* @__PURE__ */ a4($, { children: [
                /* @__PURE__ */ a4("div", { class: "segments", role: "group", "aria-label": "Order", children: [
                  /* @__PURE__ */ a4("button", { type: "button", "aria-pressed": sort === "newest", onClick: () => change({ sort: void 0 }), children: "Newest" }),
                  /* @__PURE__ */ a4("button", { type: "button", "aria-pressed": sort === "slowest", onClick: () => change({ sort: "slowest" }), children: "Slowest" })
                ] }),
                pinned > 0 && /* @__PURE__ */ a4("a", { href: href("traces", { show: "pinned" }), children: [
                  pinned,
                  " pinned"
                ] })
              ] }),
              children: /* @__PURE__ */ a4(TraceTable, { traces: rows, label: "Traces" })
            }
          )
        ] }),
        rows.length > 0 && /* @__PURE__ */ a4(Facets, { list: facets.data, query, onChange: (q2) => change({ q: q2 }) })
      ] })
    ] });
  }
  function TracesPage() {
    return param("show") === "pinned" ? /* @__PURE__ */ a4(PinnedPage, {}) : /* @__PURE__ */ a4(TraceSearch, {});
  }

  // src/shell/foot.tsx
  function useMinute() {
    const [now, setNow] = d2(Date.now());
    A2(() => {
      const timer = window.setInterval(() => setNow(Date.now()), 1e4);
      return () => window.clearInterval(timer);
    }, []);
    return now;
  }
  function sampling(share, leftOut) {
    if (share < 1) return /* @__PURE__ */ a4("span", { class: "warn-text", children: [
      percent(share),
      " of what comes is stored, and calls are counted exactly"
    ] });
    return leftOut > 0 ? /* @__PURE__ */ a4("span", { children: [
      plural(leftOut, "record"),
      " left out, since too many came at once"
    ] }) : null;
  }
  function Foot() {
    const now = useMinute();
    const s4 = status.value;
    if (!s4) return /* @__PURE__ */ a4("footer", { class: "foot", children: /* @__PURE__ */ a4("span", { children: away2.value ? "No answer yet" : "Asking what is kept …" }) });
    const losses = (s4.losses ?? []).filter((l4) => (l4.records ?? 0) > 0);
    const lost2 = losses.reduce((sum, l4) => sum + (l4.records ?? 0), 0);
    const silent = (s4.receivers ?? []).filter((r4) => r4.problem);
    return /* @__PURE__ */ a4("footer", { class: "foot", children: [
      /* @__PURE__ */ a4("span", { children: s4.kept_from_us ? `kept ${ago(s4.kept_from_us, now)}` : "nothing kept yet" }),
      /* @__PURE__ */ a4("span", { children: plural(s4.traces ?? 0, "trace") }),
      /* @__PURE__ */ a4("span", { children: plural(s4.spans ?? 0, "span") }),
      /* @__PURE__ */ a4("span", { children: plural(s4.log_records ?? 0, "log record") }),
      (s4.pinned_traces ?? 0) > 0 && /* @__PURE__ */ a4("a", { href: href("traces", { show: "pinned" }), children: [
        count(s4.pinned_traces),
        " pinned"
      ] }),
      s4.bytes_max ? /* @__PURE__ */ a4("span", { children: [
        percent((s4.bytes ?? 0) / s4.bytes_max),
        " of ",
        bytes(s4.bytes_max)
      ] }) : null,
      lost2 > 0 ? /* @__PURE__ */ a4("details", { class: "lost", children: [
        /* @__PURE__ */ a4("summary", { children: [
          count(lost2),
          " lost"
        ] }),
        /* @__PURE__ */ a4("ul", { children: losses.map((l4) => /* @__PURE__ */ a4("li", { children: [
          plural(l4.records ?? 0, "record"),
          ": ",
          l4.reason,
          l4.last_us ? `, last at ${clock(l4.last_us, false)}` : ""
        ] })) })
      ] }) : /* @__PURE__ */ a4("span", { children: "0 lost" }),
      sampling(s4.share_stored ?? 1, s4.left_out ?? 0),
      silent.map((r4) => /* @__PURE__ */ a4("span", { class: "warn-text", children: [
        r4.name,
        " ",
        r4.address,
        ": ",
        r4.problem
      ] })),
      /* @__PURE__ */ a4("span", { class: "foot-version", children: s4.version ? `Tradewind ${s4.version}` : "" })
    ] });
  }

  // src/shell/dialog.tsx
  function Dialog({ label, close: close2, children, kind = "" }) {
    const dialog = T2(null);
    F2(() => {
      const node = dialog.current;
      const before = document.activeElement;
      node.showModal();
      return () => before?.focus?.();
    }, []);
    return /* @__PURE__ */ a4(
      "dialog",
      {
        ref: dialog,
        class: `dialog ${kind}`,
        "aria-label": label,
        onClose: close2,
        onClick: (event) => event.target === dialog.current && close2(),
        children
      }
    );
  }

  // src/shell/go_to.tsx
  function goalsFor(text, map) {
    const wanted = text.trim();
    const low = wanted.toLowerCase();
    const goals = [];
    if (/^[0-9a-f]{32}$/.test(low)) goals.push({ name: low, what: "Trace", url: href(`traces/${low}`) });
    if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(low)) {
      goals.push({ name: low, what: "Order", url: href(`shop/orders/${low}`) });
      goals.push({ name: low, what: "User", url: href(`shop/users/${low}`) });
      goals.push({ name: low, what: "Payment", url: href(`shop/payments/${low}`) });
    }
    for (const page of PAGES) {
      if (page.name.toLowerCase().includes(low)) goals.push({ name: page.name, what: "Page", url: href(page.to) });
    }
    if (wanted) {
      for (const node of map?.nodes ?? []) {
        if (node.name?.toLowerCase().includes(low)) {
          goals.push({ name: node.name, what: "Traces of a service", url: href("traces", { q: term("service", node.name) }) });
        }
      }
      for (const operation of map?.operations ?? []) {
        if (operation.name?.toLowerCase().includes(low)) {
          goals.push({ name: operation.name, what: "Traces of an operation", url: href("traces", { q: term("name", operation.name) }) });
        }
      }
      goals.push({ name: wanted, what: "Search traces", url: href("traces", { q: wanted }) });
      goals.push({ name: wanted, what: "Search logs", url: href("logs", { q: wanted }) });
    }
    return goals.slice(0, 12);
  }
  function GoTo({ close: close2 }) {
    const [text, setText] = d2("");
    const [chosen, setChosen] = d2(0);
    const [map, setMap] = d2();
    A2(() => void get("q/map").then(setMap, () => void 0), []);
    const goals = goalsFor(text, map);
    const open2 = (goal) => {
      if (!goal) return;
      close2();
      go(goal.url);
    };
    return /* @__PURE__ */ a4(Dialog, { label: "Go to", close: close2, kind: "palette", children: [
      /* @__PURE__ */ a4(
        "input",
        {
          type: "text",
          role: "combobox",
          "aria-expanded": "true",
          "aria-controls": "goals",
          "aria-activedescendant": goals.length ? `goal-${chosen}` : void 0,
          "aria-label": "Page, trace id, order id, service, operation or words",
          placeholder: "Page, trace id, order id, service, operation or words",
          value: text,
          spellcheck: false,
          autocomplete: "off",
          onInput: (e4) => {
            setText(e4.currentTarget.value);
            setChosen(0);
          },
          onKeyDown: (e4) => {
            if (e4.key === "ArrowDown") setChosen(Math.min(chosen + 1, goals.length - 1));
            else if (e4.key === "ArrowUp") setChosen(Math.max(chosen - 1, 0));
            else if (e4.key === "Enter") open2(goals[chosen]);
            else return;
            e4.preventDefault();
          }
        }
      ),
      /* @__PURE__ */ a4("ul", { id: "goals", role: "listbox", "aria-label": "Places", children: goals.map((goal, i4) => /* @__PURE__ */ a4("li", { id: `goal-${i4}`, role: "option", "aria-selected": i4 === chosen, onClick: () => open2(goal), onPointerMove: () => setChosen(i4), children: [
        /* @__PURE__ */ a4("span", { class: "goal-name", children: /* @__PURE__ */ a4(Line, { text: goal.name, max: 120 }) }),
        /* @__PURE__ */ a4("span", { class: "goal-what", children: goal.what })
      ] })) })
    ] });
  }

  // src/shell/help.tsx
  var QUERIES = [
    ['word "two words"', "has this text"],
    ["service:order*", "this service; * stands for any text"],
    ["duration>200ms", "a span that takes longer; = != > >= < <="],
    ["trace.duration>1s", "the whole trace takes longer"],
    ["error", "a span that failed"],
    ["http.route:(/a|/b)", "one of several values of any attribute"],
    ["-name:*health*", "without this; several terms must all hold"],
    ["severity>=warn", "log records of this severity or above"]
  ];
  function Help({ close: close2 }) {
    return /* @__PURE__ */ a4(Dialog, { label: "Keys and queries", close: close2, children: [
      /* @__PURE__ */ a4("div", { class: "dialog-head", children: [
        /* @__PURE__ */ a4("h2", { children: "Keys and queries" }),
        /* @__PURE__ */ a4("button", { type: "button", class: "icon-button", "aria-label": "Close", onClick: close2, children: /* @__PURE__ */ a4(Icon, { name: "close" }) })
      ] }),
      /* @__PURE__ */ a4("h3", { class: "help-title", children: "Keys" }),
      /* @__PURE__ */ a4("dl", { class: "keys", children: KEYS2.map((k4) => /* @__PURE__ */ a4("div", { children: [
        /* @__PURE__ */ a4("dt", { children: k4.keys.split(" ").map((one, i4) => /^(or|then)$/.test(one) ? /* @__PURE__ */ a4("span", { children: [
          " ",
          one,
          " "
        ] }) : /* @__PURE__ */ a4($, { children: [
          i4 > 0 && " ",
          /* @__PURE__ */ a4("kbd", { children: one })
        ] })) }),
        /* @__PURE__ */ a4("dd", { children: k4.what })
      ] })) }),
      /* @__PURE__ */ a4("h3", { class: "help-title", children: "Queries" }),
      /* @__PURE__ */ a4("dl", { class: "keys", children: QUERIES.map(([text, what]) => /* @__PURE__ */ a4("div", { children: [
        /* @__PURE__ */ a4("dt", { children: /* @__PURE__ */ a4("code", { children: text }) }),
        /* @__PURE__ */ a4("dd", { children: what })
      ] })) }),
      /* @__PURE__ */ a4("label", { class: "check", children: [
        /* @__PURE__ */ a4("input", { type: "checkbox", checked: singleKeys.value, onChange: (e4) => switchSingleKeys(e4.currentTarget.checked) }),
        "Single keys act"
      ] })
    ] });
  }

  // src/shell/shell.tsx
  var PAGES = [
    { to: "", name: "Overview", icon: "overview", key: "o" },
    { to: "traces", name: "Traces", icon: "traces", key: "t" },
    { to: "logs", name: "Logs", icon: "logs", key: "l" },
    { to: "shop/orders", name: "Shop", icon: "shop", key: "s" },
    { to: "requests", name: "Requests", icon: "requests", key: "r" },
    { to: "services", name: "Services", icon: "services", key: "v" }
  ];
  function isHere(to) {
    const first = to.split("/")[0];
    const here = path.value.split("/")[0] === "processes" ? "services" : path.value.split("/")[0];
    return first === "" ? path.value === "" : here === first;
  }
  function Navigation() {
    return /* @__PURE__ */ a4("nav", { class: "nav", "aria-label": "Pages", children: [
      /* @__PURE__ */ a4("a", { class: "brand", href: href(""), "aria-label": "Tradewind, overview", children: [
        /* @__PURE__ */ a4("svg", { width: "24", height: "24", viewBox: "0 0 32 32", "aria-hidden": "true", children: /* @__PURE__ */ a4("path", { d: "M4 12h15.5a4 4 0 1 0-4-4M4 17.5h21a4 4 0 1 1-4 4M4 23h9" }) }),
        /* @__PURE__ */ a4("span", { children: "Tradewind" })
      ] }),
      /* @__PURE__ */ a4("ul", { children: PAGES.map((page) => /* @__PURE__ */ a4("li", { children: /* @__PURE__ */ a4("a", { href: href(page.to), "aria-current": isHere(page.to) ? "page" : void 0, children: [
        /* @__PURE__ */ a4(Icon, { name: page.icon, size: 18 }),
        /* @__PURE__ */ a4("span", { children: page.name })
      ] }) })) })
    ] });
  }
  function TimeRange() {
    const from = param("from");
    const to = param("to");
    const custom = from !== "" && (to !== "" || !AGES.some(([age]) => age === from));
    const local = (text) => {
      const ms = /^\d+$/.test(text) ? Number(text) / 1e3 : Date.parse(text);
      if (!Number.isFinite(ms)) return "";
      const d5 = new Date(ms - (/* @__PURE__ */ new Date()).getTimezoneOffset() * 6e4);
      return d5.toISOString().slice(0, 19);
    };
    const set = (name, value) => {
      const ms = Date.parse(value);
      if (Number.isFinite(ms)) change({ [name]: String(ms * 1e3) }, "replace");
    };
    return /* @__PURE__ */ a4("div", { class: "time-range", children: [
      /* @__PURE__ */ a4("label", { children: [
        /* @__PURE__ */ a4("span", { class: "sr", children: "Time" }),
        /* @__PURE__ */ a4(
          "select",
          {
            value: custom ? "custom" : from,
            onChange: (event) => {
              const value = event.currentTarget.value;
              const now = Date.now();
              if (value === "custom") change({ from: String((now - 9e5) * 1e3), to: String(now * 1e3) });
              else change({ from: value, to: void 0 });
            },
            children: [
              /* @__PURE__ */ a4("option", { value: "", children: "All that is kept" }),
              AGES.map(([age, name]) => /* @__PURE__ */ a4("option", { value: age, children: name })),
              /* @__PURE__ */ a4("option", { value: "custom", children: "From … to …" })
            ]
          }
        )
      ] }),
      custom && /* @__PURE__ */ a4("span", { class: "time-custom", children: [
        /* @__PURE__ */ a4("input", { type: "datetime-local", step: "1", "aria-label": "From", value: local(from), onChange: (e4) => set("from", e4.currentTarget.value) }),
        /* @__PURE__ */ a4("span", { "aria-hidden": "true", children: "–" }),
        /* @__PURE__ */ a4("input", { type: "datetime-local", step: "1", "aria-label": "To", value: local(to), onChange: (e4) => set("to", e4.currentTarget.value) })
      ] })
    ] });
  }
  var THEMES = ["", "light", "dark"];
  var THEME_NAMES = { "": "as the system", light: "light", dark: "dark" };
  function applyTheme(theme) {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  }
  function ThemeSwitch() {
    const [theme, setTheme] = d2(readStored("tradewind.theme"));
    const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    return /* @__PURE__ */ a4(
      "button",
      {
        type: "button",
        class: "icon-button",
        title: `Colours: ${THEME_NAMES[theme]}`,
        "aria-label": `Colours: ${THEME_NAMES[theme]}. Change to ${THEME_NAMES[next]}`,
        onClick: () => {
          setTheme(next);
          store("tradewind.theme", next);
          applyTheme(next);
        },
        children: /* @__PURE__ */ a4(Icon, { name: theme === "dark" ? "moon" : theme === "light" ? "sun" : "auto", size: 17 })
      }
    );
  }
  function LiveSwitch() {
    const on = live.value;
    const every = asks.value ? `every ${ASK_MS / 1e3} s` : "";
    const how = every ? `${every}, because other tabs use all live connections` : "by themselves";
    return /* @__PURE__ */ a4(
      "button",
      {
        type: "button",
        class: `live ${on ? "on" : ""}`,
        "aria-pressed": on,
        title: on ? `New records appear ${how} (p pauses)` : "New records do not appear (p resumes)",
        onClick: () => live.value = !on,
        children: [
          on ? /* @__PURE__ */ a4("span", { class: "live-dot", "aria-hidden": "true" }) : /* @__PURE__ */ a4(Icon, { name: "pause", size: 12 }),
          on ? every || "Live" : "Paused"
        ]
      }
    );
  }
  function Away() {
    const [now, setNow] = d2(Date.now());
    const lost2 = away2.value;
    A2(() => {
      if (!lost2) return void 0;
      const timer = window.setInterval(() => setNow(Date.now()), 500);
      return () => window.clearInterval(timer);
    }, [lost2]);
    if (!lost2) return null;
    const seconds = Math.max(0, Math.ceil((lost2.next - now) / 1e3));
    return /* @__PURE__ */ a4("div", { class: "away", children: [
      /* @__PURE__ */ a4("p", { role: "alert", children: [
        "No answer from ",
        new URL(document.baseURI).host,
        " since ",
        clock(lost2.since * 1e3, false),
        "."
      ] }),
      /* @__PURE__ */ a4("p", { children: [
        "Next try ",
        seconds ? `in ${seconds} s` : "now",
        ". What is on the screen stays."
      ] }),
      /* @__PURE__ */ a4("button", { type: "button", onClick: open, children: "Try now" })
    ] });
  }
  function Shell({ children }) {
    const [help, setHelp] = d2(false);
    const [goTo, setGoTo] = d2(false);
    const main = T2(null);
    A2(() => {
      let second = false;
      listen(
        (key) => {
          if (second) {
            second = false;
            const page = PAGES.find((p5) => p5.key === key);
            if (page) go(href(page.to));
            return;
          }
          if (key === "g") {
            second = true;
            window.setTimeout(() => second = false, 1500);
          } else if (key === "?") setHelp(true);
          else if (key === "/") main.current?.querySelector("input[type=search]")?.focus();
          else if (key === "p") live.value = !live.value;
          else if (key === "y") void navigator.clipboard?.writeText(window.location.href);
        },
        () => setGoTo(true)
      );
    }, []);
    return /* @__PURE__ */ a4("div", { class: "shell", children: [
      /* @__PURE__ */ a4("a", { class: "skip", href: "#main", onClick: (e4) => (e4.preventDefault(), main.current?.focus()), children: "To the content" }),
      /* @__PURE__ */ a4(Navigation, {}),
      /* @__PURE__ */ a4("div", { class: "frame", children: [
        /* @__PURE__ */ a4("header", { class: "head", children: [
          /* @__PURE__ */ a4("button", { type: "button", class: "go-to", onClick: () => setGoTo(true), children: [
            /* @__PURE__ */ a4(Icon, { name: "search", size: 15 }),
            /* @__PURE__ */ a4("span", { children: "Go to a trace, an order, a page" }),
            /* @__PURE__ */ a4("kbd", { "aria-hidden": "true", children: "Ctrl K" })
          ] }),
          /* @__PURE__ */ a4("div", { class: "head-right", children: [
            /^(|traces|logs|services(\/.*)?)$/.test(path.value) && /* @__PURE__ */ a4(TimeRange, {}),
            /* @__PURE__ */ a4(LiveSwitch, {}),
            /* @__PURE__ */ a4(ThemeSwitch, {}),
            /* @__PURE__ */ a4("button", { type: "button", class: "icon-button", title: "Keys and queries (?)", "aria-label": "Keys and queries", onClick: () => setHelp(true), children: /* @__PURE__ */ a4(Icon, { name: "help", size: 17 }) })
          ] })
        ] }),
        /* @__PURE__ */ a4(Away, {}),
        /* @__PURE__ */ a4("main", { id: "main", class: "main", ref: main, tabIndex: -1, children }),
        /* @__PURE__ */ a4(Foot, {})
      ] }),
      help && /* @__PURE__ */ a4(Help, { close: () => setHelp(false) }),
      goTo && /* @__PURE__ */ a4(GoTo, { close: () => setGoTo(false) })
    ] });
  }

  // src/main.tsx
  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }
  function Page() {
    const [first, ...rest] = path.value.split("/");
    if (first === "traces" && rest[0]) return /* @__PURE__ */ a4(TracePage, { id: rest[0].toLowerCase() }, rest[0]);
    if (first === "" || first === void 0) return /* @__PURE__ */ a4(OverviewPage, {});
    if (first === "traces") return /* @__PURE__ */ a4(TracesPage, {});
    if (first === "shop") {
      const kind = KINDS.find((k4) => k4 === rest[0]) ?? "orders";
      if (!rest[1]) return /* @__PURE__ */ a4(ShopList, { kind }, kind);
      const id = decoded(rest[1]);
      return kind === "orders" ? /* @__PURE__ */ a4(OrderPage, { id }, id) : /* @__PURE__ */ a4(RecordPage, { kind, id }, `${kind} ${id}`);
    }
    if (first === "logs") return /* @__PURE__ */ a4(LogsPage, {});
    if (first === "requests") return /* @__PURE__ */ a4(RequestsPage, {});
    if (first === "services" && rest[0]) return /* @__PURE__ */ a4(ServicePage, { name: decoded(rest[0]) }, rest[0]);
    if (first === "services") return /* @__PURE__ */ a4(ServicesPage, {});
    if (first === "processes" && rest[0]) return /* @__PURE__ */ a4(ProcessPage, { name: decoded(rest[0]) }, rest[0]);
    return /* @__PURE__ */ a4(Empty, { title: "There is no such page", children: /* @__PURE__ */ a4("p", { children: /* @__PURE__ */ a4("a", { href: href(""), children: "To the overview" }) }) });
  }
  function App() {
    const title = path.value.split("/").filter(Boolean).map((part) => part.slice(0, 12)).join(" ");
    A2(() => {
      document.title = `${title ? title[0].toUpperCase() + title.slice(1) : "Overview"} · Tradewind`;
    }, [title]);
    return /* @__PURE__ */ a4(Shell, { children: /* @__PURE__ */ a4(Page, {}) });
  }
  applyTheme(readStored("tradewind.theme"));
  start();
  Q(/* @__PURE__ */ a4(App, {}), document.getElementById("app"));
})();
